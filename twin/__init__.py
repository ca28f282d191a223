"""A digital twin for PLM service assurance."""
