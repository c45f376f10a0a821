"""Languages of configuration: each turns documents into resources of the model and findings. Pure."""
