"""What the product says of itself while it runs: metrics now, traces and analytics later."""
