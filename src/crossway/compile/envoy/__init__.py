"""The plan as Envoy resources. Envoy's words live here and below, and nowhere above."""
