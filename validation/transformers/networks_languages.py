"""Four small transformers on sentences in 67 languages, by bytes, all pairs of them joined.

Claim, the paper's: networks of one recipe and four seeds fall into two levels of loss, and curves
between them keep a barrier even with five times the mini-batches of a training.
Source: section 7 of the paper, Figures 8 and 9, on OSCAR, whose lines are web text in many
languages by tokens of its own; here by bytes, sentences of Common Voice, other shares of languages,
4 layers of 64 units, and heights on 192 windows.
Tolerance: as of `networks_shakespeare`.
Measured: it fails. Losses are 2.297, 2.302, 2.302 and 2.321: one apart from three, which 18 of 100
draws of four from one normal law would be as well. Curves climb 0.16 as trained and 0.10 matched at
one training, 0.071 and 0.02 at five. A loop, whose pass is known to be 0, leaves 0.34 and 0.26, so
neither is a barrier seen. Curves lie 0.18 below their ends: networks of one training are no minima.
Needs the data: `python -m validation networks_languages --data FOLDER`, two hours on one core; it
may be stopped at any moment, and the same command goes on.
"""

from validation.images import folder_of
from validation.report import Outcome
from validation.runs import runs_of
from validation.texts import languages
from validation.transformers.joined import Experiment, found_on
from validation.transformers.verdict import draw, judged

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Four small transformers on 67 languages: levels of loss, curves at 1x and 5x the budget"
EXPERIMENT = Experiment()
SHARE = 0.1  # of the lines of each language


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    text = languages(folder_of(), share=SHARE)
    return judged(found_on(EXPERIMENT, text, runs_of("networks_languages"), seed))
