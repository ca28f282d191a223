"""The fast engine of the requests model, over arrays."""
