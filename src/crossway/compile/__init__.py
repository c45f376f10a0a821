"""The plan, turned into what executes it. Pure: equal plans give equal bytes, on every machine."""
