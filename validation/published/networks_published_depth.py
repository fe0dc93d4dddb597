"""Lines between networks of 128 units a layer on MNIST, beside those of REPAIR.

Claim: half way on the line to the copy with matched hidden units, the training loss rises with the
number of layers, lies below that of the line as trained, and within a factor of two of the
published one.
Source: Jordan et al., "REPAIR", 2023: their file of all numbers for 2 to 51 hidden layers, one pair
of networks each. As there: momentum, 50 epochs of 2000 images a step, trained with batch
normalisation, which then goes into the weights; units matched by the correlation of what they give;
plain lines, nothing rescaled.
Measured: it holds, 0.78 to 1.00 of the published losses as trained, 0.57 to 1.41 matched. The size
of a step counts: after as many steps of 480 images matched copies of 11 layers leave 0.26 for 0.38,
and fail.
Tolerance: a factor of two on the mean over pairs; two standard errors over pairs for the rise.
Needs the data: `python -m validation networks_published_depth --data FOLDER`, half an hour
on one core; it may be stopped, and the same command goes on.
"""

from matplotlib.figure import Figure

from validation.images import folder_of
from validation.modules import dense
from validation.published.lines import ACTIVATIONS, AS_TRAINED, Recipe, midpoint, repair, row
from validation.published.page import besides, drawn_beside, scaled
from validation.report import Outcome
from validation.runs import runs_of

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Lines between networks of 2 to 11 layers of 128 units on MNIST, beside REPAIR's"
WIDTH, NETWORKS, EPOCHS, SIZE = 128, 3, 50, 2000
PUBLISHED = {  # hidden layers: training loss half way, as trained and matched
    2: (1.6299, 0.0458),
    4: (2.6939, 0.1890),
    6: (2.2560, 0.1995),
    8: (2.5444, 0.4351),
    11: (2.3956, 0.6685),
}
DEPTHS = (2, 4, 6, 11)
KINDS = (AS_TRAINED, ACTIVATIONS)


def run(seed: int) -> Outcome:
    """Train the networks of each depth and measure their lines."""
    parts = scaled("MNIST", folder_of())
    found = {}
    for depth in DEPTHS:
        module, plain = (dense(784, depth, WIDTH, normalised=kind) for kind in (True, False))
        recipe = Recipe(f"depth-{depth}", module, repair(EPOCHS, SIZE), NETWORKS, plain)
        found[str(depth)] = row(recipe, parts, runs_of("networks_published_depth"), seed)
    return judged({"epochs": EPOCHS, "rows": found})


def judged(data: dict) -> Outcome:
    """Judge the losses half way."""
    rows = data["rows"]
    told = besides(data, PUBLISHED, KINDS, "train", "loss")
    matched = [midpoint(found, KINDS[1], "train", "loss") for found in rows.values()]
    rise = (matched[-1][0] - matched[0][0]) / (matched[-1][1] ** 2 + matched[0][1] ** 2) ** 0.5
    return Outcome(
        "matched below as trained, rising with depth, and within a factor of two of REPAIR's",
        f"training loss half way, mean over {told.pairs} pairs, ours / published, "
        f"{data['epochs']} epochs: {told}; the matched one rises by {rise:.1f} standard errors; "
        f"null: {told.null}",
        told.lower and rise > 2 and told.within(2),
        data,
    )


def draw(data: dict) -> Figure:
    """Draw losses half way against depth, ours and the published ones."""
    return drawn_beside(data, PUBLISHED, KINDS, "train", "loss", "hidden layers")
