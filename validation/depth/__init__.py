"""Claims on how bars change with depth, at small budgets and over finished paths."""
