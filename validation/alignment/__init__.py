"""Claims about networks in one frame: pairwise, all at once, on digits and on text."""
