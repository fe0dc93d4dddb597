"""The loss barcode with depth on FashionMNIST: the same as `networks_mnist`, on its other half.

Claim, the paper's: with more hidden layers bars are shorter.
Source and tolerance: those of `networks_mnist`.
Needs the data: `python -m validation networks_fashion --data FOLDER`.
"""

from validation.depth.networks_mnist import draw, judged, measured_on
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Networks on FashionMNIST, 2 to 4 layers: are bars at small budgets shorter with depth?"


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    return measured_on("FashionMNIST", runs_of("networks_fashion"), seed)
