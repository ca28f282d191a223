"""The local page where a planner moves sliders and sees what happens."""
