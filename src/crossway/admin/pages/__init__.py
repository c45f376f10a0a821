"""The pages of the admin API, one module for each noun."""
