"""What happened: the event log, its schema and the laws any log obeys."""
