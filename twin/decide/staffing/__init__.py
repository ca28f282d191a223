"""The parts of the search for the cheapest staffing."""
