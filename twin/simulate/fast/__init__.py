"""The operations model as loops over arrays: the same log as the reference, row for row, much sooner."""
