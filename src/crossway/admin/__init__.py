"""What operators and machines ask of a running Crossway over HTTP."""
