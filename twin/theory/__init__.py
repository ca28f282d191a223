"""What the mathematics already knows."""
