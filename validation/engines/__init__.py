"""Speed of engines for convolutions and attention, and of what is built on them."""
