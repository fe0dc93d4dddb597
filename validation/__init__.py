"""Claims that the package makes, each in a file of its own, measured and written down."""
