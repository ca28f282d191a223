"""What chance decides: streams, distributions, and the tape an engine reads."""
