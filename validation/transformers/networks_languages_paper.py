"""The paper's transformer of ten million weights on sentences in 67 languages.

Claim, the paper's: networks of one recipe and four seeds fall into two levels of loss, and curves
between them keep a barrier even with five times the mini-batches of a training.
Source: section 7 of the paper, Figures 8 and 9. As there: 6 layers of 384 units, 6 heads, 256
places, four seeds, about a hundred million tokens a training, curves with once and five times as
many. Unlike there: bytes, and sentences of Common Voice, of which there are 43 million bytes.
Tolerance: as of `networks_shakespeare`.
Not measured yet. Needs the data and a GPU: `python -m validation --preset gpu --data FOLDER --out
FOLDER --missing --minutes 9`, given again until it returns something else than 2.
"""

from validation.images import folder_of
from validation.report import Outcome
from validation.runs import runs_of
from validation.texts import languages
from validation.transformers.joined import Experiment, found_on
from validation.transformers.verdict import draw, judged
from validation.whole.on_gpu import gpu, watched

__all__ = ["TITLE", "draw", "judged", "run"]

TITLE = "Four transformers of ten million weights on 67 languages (Figures 8 and 9)"
NEEDS = (
    "6 PFLOP a training, and with all curves 500 PFLOP by arithmetic, seven hours where 20 TFLOP a "
    "second are reached"
)
EXPERIMENT = Experiment(
    layers=6, width=384, heads=6, places=256, windows=None, size=64, epochs=2, rate=1e-3,
    together=6, slices=32,
)  # fmt: skip
SHARE = 1.0


def run(seed: int) -> Outcome:
    """Train and join networks, in a folder that can be gone on with."""
    device, folder = gpu(NEEDS, "networks_languages"), runs_of("networks_languages_paper")
    with watched(device, folder) as usage:
        text = languages(folder_of(), share=SHARE)
        found = found_on(EXPERIMENT, text, folder, seed, device)
    return judged({**found, "usage": usage})
