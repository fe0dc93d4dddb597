"""A run in a folder: what is stored, what it is known by, and networks from elsewhere."""
