"""History to scenario: readers of real ticket logs."""
