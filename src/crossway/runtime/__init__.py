"""Python in the data path: it executes programs, and sees nothing else of the control plane."""
