"""How often and how sure: replications, intervals, stopping."""
