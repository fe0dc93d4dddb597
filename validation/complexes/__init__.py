"""Claims on the Morse complex and its bars in every degree."""
