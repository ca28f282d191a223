"""Tickets of a recorded log to the demand, kinds of work, routing and staffing of a scenario."""
