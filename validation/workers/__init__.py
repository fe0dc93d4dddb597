"""What it costs, and brings, to let others do the work."""
