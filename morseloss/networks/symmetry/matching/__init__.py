"""What brings networks near each other: how alike they are seen to be, and moves group by group."""
