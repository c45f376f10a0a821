"""What editors and type checkers are told of the SDK: a function for each policy, written from its spec."""
