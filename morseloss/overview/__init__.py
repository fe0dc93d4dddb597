"""Everything about a landscape in one call: what was found, what is certified, and a picture."""
