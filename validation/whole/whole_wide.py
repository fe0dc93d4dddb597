"""Figure 10 whole: WRN-16-10 on CIFAR-100, 17.2M weights.

Claim, the paper's, as in `images_wide`: it has bars. 5 networks on the 50000 training images,
without augmentation, by the recipe of Garipov et al.; ways at 60 gradients on all images each.
Source: section 8, Figure 10, Table 6, Appendix F of the paper.
Tolerance: two standard errors over bars.
Not measured yet. Needs all of CIFAR-100 and a GPU: `python -m validation --preset gpu --data FOLDER
--out FOLDER --missing --minutes 9`, given again until it returns something else than 2.
"""

from functools import partial

from morseloss.networks import Relay
from validation.convolutions.images_wide import draw, judged
from validation.convolutions.joined import Case, Experiment, read, rows
from validation.convolutions.recipes import RECIPES
from validation.convolutions.residual import wide_resnet
from validation.report import Outcome
from validation.runs import runs_of
from validation.whole.on_gpu import gpu, watched

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Figure 10 whole: WRN-16-10 on CIFAR-100"
NEEDS = "by arithmetic 940 PFLOP, 13 hours where 20 TFLOP a second are reached"
IMAGES = TESTS = None
EXPERIMENT = Experiment(
    (Case("WRN-16-10", partial(wide_resnet, 16, 10), RECIPES["wide"].descent,
          RECIPES["wide"].decay),),
    networks=5, budget=60.0, chunk=2500, nulls=("closed",),
    method=Relay(size=512, first=1500, join=400, stations=1, descent=10, tolerance=1e-5),
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    device, folder = gpu(NEEDS, "images_wide"), runs_of("whole_wide")
    data = read("cifar100", IMAGES, TESTS).to(device)
    with watched(device, folder) as usage:
        found = rows(EXPERIMENT, data, folder, seed)
    return judged({"rows": found, "usage": usage})
