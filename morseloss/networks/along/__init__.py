"""What is met along a path: losses and other measures, curvature, barriers of the literature."""
