"""Lines between networks of 11 layers of 32 to 128 units on MNIST, beside those of REPAIR.

Claim: half way on the line to the copy with matched hidden units, the test loss falls with the
width from 32 to 128 units, lies below that of the line as trained, and within a factor of two of
the published one.
Source: Jordan et al., "REPAIR", 2023: their file of all numbers, one pair of networks for each
width, trained for 100 epochs of 2000 images a step, shifted by up to four pixels; how else is not
among their files, and is taken to be as for `networks_published_depth`. Here without shifts. Units
are matched by the correlation of what they give.
Measured: it holds, 0.99 to 1.01 of the published losses as trained, 0.67 to 0.80 matched. After 12
epochs of 240 images, as many steps as 100 of 2000, matched copies of 64 and 128 units leave 0.38
and 0.25 for 0.70 and 0.37, and fail.
Tolerance: a factor of two on the mean over pairs; two standard errors over pairs for the fall.
Needs the data: `python -m validation networks_published_width --data FOLDER`, half an hour on one
core; it may be stopped, and the same command goes on.
"""

from matplotlib.figure import Figure

from validation.images import folder_of
from validation.modules import dense
from validation.published.lines import ACTIVATIONS, AS_TRAINED, Recipe, midpoint, repair, row
from validation.published.page import besides, drawn_beside, scaled
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Lines between networks of 11 layers of 32 to 128 units on MNIST, beside REPAIR's"
DEPTH, NETWORKS, EPOCHS, SIZE = 11, 3, 100, 2000
WIDTHS = (32, 64, 128)
PUBLISHED = {  # width: test loss half way, as trained and matched
    32: (2.4819, 1.2309),
    64: (2.4111, 0.9728),
    128: (2.4577, 0.5526),
    256: (2.4567, 0.5258),
    512: (2.5611, 0.5727),
}
KINDS = (AS_TRAINED, ACTIVATIONS)
FALL = ("32", "128")


def run(seed: int) -> Outcome:
    """Train the networks of each width and measure their lines."""
    parts, folder = scaled("MNIST", folder_of()), runs_of("networks_published_width")
    found = {}
    for width in WIDTHS:
        module, plain = (dense(784, DEPTH, width, normalised=kind) for kind in (True, False))
        recipe = Recipe(f"width-{width}", module, repair(EPOCHS, SIZE), NETWORKS, plain)
        found[str(width)] = row(recipe, parts, folder, seed, ("test",))
    return judged({"epochs": EPOCHS, "rows": found})


def judged(data: dict) -> Outcome:
    """Judge the losses half way."""
    rows = data["rows"]
    told = besides(data, PUBLISHED, KINDS, "test", "loss")
    first, last = (midpoint(rows[name], KINDS[1], "test", "loss") for name in FALL)
    fall = (first[0] - last[0]) / (first[1] ** 2 + last[1] ** 2) ** 0.5
    return Outcome(
        "matched below as trained, falling from 32 to 128 units, within a factor of two",
        f"test loss half way, mean over {told.pairs} pairs, ours / published, {data['epochs']} "
        f"epochs: {told}; the matched one falls by {fall:.1f} standard errors; null: {told.null}",
        told.lower and fall > 2 and told.within(2),
        data,
    )


def draw(data: dict) -> Figure:
    """Draw losses half way against width, ours and the published ones."""
    figure = drawn_beside(data, PUBLISHED, KINDS, "test", "loss", "units a layer")
    figure.axes[0].set_xscale("log", base=2)
    return figure
