"""What relays tell: laws of their budgets, comparisons, nulls, and how they are kept."""
