"""The paper's transformer of ten million weights on sentences in 67 languages.

Claim, the paper's: networks of one recipe and four seeds fall into two levels of loss, and curves
between them keep a barrier even with five times the mini-batches of a training.
Source: section 7 of the paper, Figures 8 and 9. As there: 6 layers of 384 units, 6 heads, 256
places, four seeds, about a hundred million tokens a training, curves with once and five times as
many. Unlike there: bytes, and sentences of Common Voice, of which there are 43 million bytes.
Tolerance: as of `networks_shakespeare`.
Needs the data and a GPU: `python -m validation networks_languages_paper --data FOLDER --minutes 9
--missing`, given again until it does not return 2. A training is 6e15 operations, all of it 90.
Without a GPU `networks_languages` is the same in small.
"""

import torch

from validation.images import folder_of
from validation.report import Outcome
from validation.runs import runs_of, timed
from validation.texts import languages
from validation.transformers.joined import Experiment, found_on
from validation.transformers.verdict import draw, judged

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Four transformers of ten million weights on 67 languages (Figures 8 and 9)"
EXPERIMENT = Experiment(
    layers=6, width=384, heads=6, places=256, windows=None, size=64, epochs=2, rate=1e-3,
    together=6, slices=32,
)  # fmt: skip
SHARE = 1.0


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    if not torch.cuda.is_available() and EXPERIMENT.width * EXPERIMENT.layers > 512:
        raise RuntimeError(
            "there is no GPU: 90e15 operations would take a month on a core; run "
            "`networks_languages`, the same in small"
        )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    folder = runs_of("networks_languages_paper")
    with timed(folder) as before:
        text = languages(folder_of(), share=SHARE)
        found = found_on(EXPERIMENT, text, folder, seed, device)
    return judged({**found, "device": device, "earlier_seconds": before})
