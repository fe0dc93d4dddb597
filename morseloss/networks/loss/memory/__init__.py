"""How much memory networks need, and how it is kept within bounds."""
