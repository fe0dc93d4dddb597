"""Figures 4 and 5 whole: six convolutional networks, with and without batch normalisation.

Claim, the paper's, as in `images_layers`: tops fall with channels and with layers, and batch
normalisation lowers minima and tops. 10 networks each on the 50000 images of CIFAR-10. The paper
prints no recipe for them: Adam with a cosine from 3e-3 for 200 epochs, then L-BFGS, weight decay
1e-3. Ways at 300 gradients on all images each. Batch normalisation sees 5000 images at a time.
Source: section 4.2, Figures 4 and 5, Tables 2 to 4 of the paper.
Tolerance: two standard errors over bars.
Not measured yet. Needs the data and a GPU: `python -m validation --preset gpu --data FOLDER --out
FOLDER --missing --minutes 9`, given again until it returns something else than 2.
"""

import torch

from morseloss.networks import LBFGS, Cosine, Descent, Relay
from validation.convolutions.images_layers import cases, draw, judged
from validation.convolutions.joined import Experiment, read, rows
from validation.report import Outcome
from validation.runs import runs_of
from validation.whole.on_gpu import gpu, watched

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Figures 4 and 5 whole: six convolutional networks on all of CIFAR-10"
NEEDS = "by arithmetic 340 PFLOP, five hours where 20 TFLOP a second are reached"
IMAGES = TESTS = None
DESCENT = Descent(Cosine(3e-3, 200), 200, 128, finish=LBFGS(), steps=300, dtype=torch.float32)
EXPERIMENT = Experiment(
    cases(DESCENT, 1e-3), networks=10, budget=300.0, chunk=5000, controls=3, further=100,
    method=Relay(size=512, first=4000, join=1000, descent=40, tolerance=1e-5),
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks of each kind, in a folder that can be gone on with."""
    device, folder = gpu(NEEDS, "images_layers"), runs_of("whole_layers")
    data = read("cifar10", IMAGES, TESTS).to(device)
    with watched(device, folder) as usage:
        found = rows(EXPERIMENT, data, folder, seed)
    return judged({"rows": found, "usage": usage})
