"""Large transfers: downloads in several ranges at once, and bodies in several requests."""
