"""Numbers to decisions."""
