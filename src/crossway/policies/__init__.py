"""The policies: one folder for each, unaware of each other. `crossway.daemon` collects them."""
