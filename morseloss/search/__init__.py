"""The search wing: from a landscape to its critical points and paths, in batches, with torch."""
