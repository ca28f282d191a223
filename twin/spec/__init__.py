"""What the world is: scenarios, deployment graph, contracts, checks."""
