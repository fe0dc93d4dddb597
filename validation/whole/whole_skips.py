"""Figure 7 whole: ResNet-20, 56 and 110 with and without skips, and WideResNet-56-2.

Claim, the paper's, as in `images_skips`: with depth bars get shorter with skips and longer without.
3 networks each on all of CIFAR-10, without augmentation, by the recipe of Li et al., which begins
at a tenth of the rate for 56 and 110 layers without skips. Ways at 100 gradients on all images
each. The wide networks stand beside, and are not judged.
Source: section 6, Figure 7, Table 8, Appendix F of the paper; Li et al. 2018.
Tolerance: two standard errors over bars, from each depth to the next, all networks trained.
Not measured yet. Needs the data and a GPU: `python -m validation --preset gpu --data FOLDER --out
FOLDER --missing --minutes 9`, given again until it returns something else than 2.
"""

from functools import partial

from matplotlib.figure import Figure

from morseloss.networks import Relay
from validation.convolutions import images_skips
from validation.convolutions.drawn import draw_rows
from validation.convolutions.joined import Case, Experiment, read, rows
from validation.convolutions.measures import said
from validation.convolutions.recipes import RECIPES
from validation.convolutions.residual import resnet
from validation.report import Outcome
from validation.runs import runs_of
from validation.whole.on_gpu import gpu, watched

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Figure 7 whole: ResNet-20, 56 and 110 with and without skips, all of CIFAR-10"
NEEDS = "by arithmetic 660 PFLOP, nine hours where 20 TFLOP a second are reached"
IMAGES = TESTS = None
WIDE = "WideResNet"


def _case(depth: int, factor: int, *, skips: bool) -> Case:
    name = f"{WIDE}-{depth}-{factor}" if factor > 1 else f"ResNet-{depth}"
    recipe = RECIPES["skips" if skips or depth < 56 else "deep, no skips"]
    module = partial(resnet, depth, 16 * factor, skips=skips)
    return Case(f"{name}{'-NS' * (not skips)}", module, recipe.descent, recipe.decay)


EXPERIMENT = Experiment(
    tuple(
        _case(depth, factor, skips=skips)
        for factor, depths in ((1, (20, 56, 110)), (2, (56,)))
        for skips in (True, False)
        for depth in depths
    ),
    networks=3, budget=100.0, chunk=2500, nulls=("closed",),
    method=Relay(size=512, first=2500, join=600, stations=1, descent=20, tolerance=1e-5),
)  # fmt: skip


def run(seed: int) -> Outcome:
    """Train and join networks of each kind, in a folder that can be gone on with."""
    device, folder = gpu(NEEDS, "images_skips"), runs_of("whole_skips")
    data = read("cifar10", IMAGES, TESTS).to(device)
    with watched(device, folder) as usage:
        found = rows(EXPERIMENT, data, folder, seed)
    return judged({"rows": found, "usage": usage})


def judged(data: dict) -> Outcome:
    """Hold bars against depth, from the numbers alone."""
    wide = [row for row in data["rows"] if row["name"].startswith(WIDE)]
    deep = [row for row in data["rows"] if row not in wide]
    found = images_skips.judged({"rows": deep})
    beside = "".join(f"; {said(row)}" for row in wide)
    return Outcome(found.expected, found.measured + beside, found.holds, data)


def draw(data: dict) -> Figure:
    """Draw minima and tops of each network, and lengths beside the null."""
    return draw_rows(data["rows"], width=0.7)
