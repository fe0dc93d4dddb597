"""Speed and memory, as ratios measured in one run; run by name, not by default."""
