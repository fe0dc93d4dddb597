"""All critical points of a landscape, and the evidence that they are all."""
