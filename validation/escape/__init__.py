"""Claims on escape learning rates and escape times."""
