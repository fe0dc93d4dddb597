"""Training many networks at once, resumable, down to full convergence."""
