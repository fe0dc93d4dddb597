"""All critical points of a landscape, and the evidence for it."""
