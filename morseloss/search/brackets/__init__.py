"""How high a path must climb at least: covers of cells, and what may flow through them."""
