"""Scenario and tape to event log: the operations model in two engines."""
