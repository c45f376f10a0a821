"""Dashboards and alert rules, written from the names of the metrics in the code: what they ask for is there."""
