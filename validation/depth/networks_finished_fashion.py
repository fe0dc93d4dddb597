"""Bars of ReLU networks on FashionMNIST over ways that are lowered to the end, 2 and 4 layers.

Claim, source and tolerance: those of `networks_finished_mnist`, on its other half.
Measured: it holds, and nothing has settled at 870 gradients a way: bars of 0.029 and 0.12 with 2
and 4 layers, 0.034 and 0.11 to shuffled copies, 0.082 and 0.17 from a network to itself.
Needs the data and hours: `python -m validation networks_finished_fashion --data FOLDER` may be
stopped at any moment, and the same command goes on.
"""

from validation.depth.networks_finished_mnist import draw, judged, measured_on
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Bars of 5 networks on FashionMNIST over finished paths, 2 and 4 layers, with both nulls"


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    return measured_on("FashionMNIST", runs_of("networks_finished_fashion"), seed)
