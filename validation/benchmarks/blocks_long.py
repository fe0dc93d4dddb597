"""How long a barcode of blocks takes, and how much memory, up to a thousand million edges.

The same as `benchmarks.blocks`, which stops at a tenth: 24 GB of edges between a million minima.
"""

from validation.benchmarks import blocks
from validation.benchmarks.blocks import draw, judged
from validation.report import Outcome

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Barcode of blocks of a thousand million edges: time and memory"
SIZES = (*blocks.SIZES, (10**9, 10**6))


def run(seed: int) -> Outcome:
    """Run all sizes, each in a new process."""
    return blocks.outcome(SIZES, seed)
