"""What other programs write of graphs and diagrams, one form a module; none opens a file."""
