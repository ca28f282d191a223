"""Predicted against measured: calibrate at light load, write predictions down, measure, compare on one page."""
