"""Four small transformers on the plays of Shakespeare, by characters, all pairs of them joined.

Claim, the paper's: networks of one recipe and four seeds fall into two levels of loss, and curves
between them keep a barrier even with five times the mini-batches of a training.
Source: section 7 of the paper, Figures 8 and 9: a network of ten million weights on a hundred
million tokens of OSCAR. Here 4 layers of 64 units, 211,777 weights, on 262,144 tokens by
characters; heights on 192 windows; as trained, and to the copies nearest by weights: heads and
hidden units exchanged, the residual stream turned, heads mixed inside.
Tolerance: a gap between losses three times the spread on its sides and two of its errors; a mean
penalty at five times the budget two standard errors above that of loops, whose pass is known.
Measured: it fails. Losses are 1.884 to 1.913, with no two levels. Curves climb 0.13 as trained and
0.047 matched at one training, 0.066 and nothing at five: six of six matched curves fall from both
ends. A loop, whose pass is known to be 0, leaves 0.40 and 0.23, so 0.066 is no barrier seen. Curves
lie 0.47 nats below their ends: networks of one training are no minima.
Needs the data: `python -m validation networks_shakespeare --data FOLDER`, two hours on one core; it
may be stopped, and the same command goes on.
"""

from validation.images import folder_of
from validation.report import Outcome
from validation.runs import runs_of
from validation.texts import shakespeare
from validation.transformers.joined import Experiment, found_on
from validation.transformers.verdict import draw, judged

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Four small transformers on Shakespeare: levels of loss, curves at 1x and 5x the budget"
EXPERIMENT = Experiment()


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    text = shakespeare(folder_of())
    return judged(found_on(EXPERIMENT, text, runs_of("networks_shakespeare"), seed))
