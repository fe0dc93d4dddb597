"""Figure 11 whole: samples of 4 residual networks on CIFAR-10 and SVHN.

Claim, the paper's, as in `images_robust`: barcodes of samples of 4 networks are robust. 8 networks,
that of Table 5 with 195,210 weights, trained at the annealed rates of Appendix F on all images; all
28 pairs are joined by swept curves, twice over, at two budgets, of 20 and 80 gradients on all
images a path.
Source: section 8, Figure 11 and Appendix E of the paper.
Tolerance: at both budgets deviations are below half of the mean penalty, at each place.
Not measured yet. Needs both data sets and a GPU: `python -m validation --preset gpu --data FOLDER
--out FOLDER --missing --minutes 9`, given again until it returns something else than 2.
"""

from functools import partial

from validation.convolutions.images_robust import Sampled, draw, judged, row_of
from validation.convolutions.joined import Case, read
from validation.convolutions.recipes import RECIPES
from validation.convolutions.residual import table_five
from validation.report import Outcome
from validation.runs import runs_of
from validation.whole.on_gpu import gpu, watched

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Figure 11 whole: samples of 4 residual networks, CIFAR-10 and SVHN"
NEEDS = "by arithmetic 120 PFLOP, two hours where 20 TFLOP a second are reached"
IMAGES = TESTS = None
EXPERIMENT = Sampled(networks=8, budgets=(20.0, 80.0), draws=140, size=256, points=32)
CASES = {
    name: Case("annealed", partial(table_five, last=False), recipe.descent, recipe.decay)
    for name in ("cifar10", "svhn")
    for recipe in (RECIPES[f"{name}, annealed"],)
}


def run(seed: int) -> Outcome:
    """Train and join networks on both data sets, in folders that can be gone on with."""
    device, folder = gpu(NEEDS, "images_robust"), runs_of("whole_robust")
    data = {name: read(name, IMAGES, TESTS).to(device) for name in CASES}
    with watched(device, folder) as usage:
        found = [
            row_of(name, case, EXPERIMENT, data[name], folder / name, seed, chunk=5000)
            for name, case in CASES.items()
        ]
    return judged({"rows": found, "usage": usage})
