"""What series on cells prove: how high a path must climb, and that a critical point is one."""
