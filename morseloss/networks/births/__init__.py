"""Whether births are births: what a network may still fall, and which bars that leaves."""
