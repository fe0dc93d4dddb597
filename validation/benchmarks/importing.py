"""What `import morseloss` adds to `import torch`, each in fresh interpreters, interleaved."""

import subprocess
import sys
import time
from statistics import median

from matplotlib.figure import Figure

from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Time to import"
REPEATS = 9
LIMIT = 1.2


def run(seed: int) -> Outcome:
    """Measure both imports alternately, so that both meet the same load."""
    torch, package = [], []
    for _ in range(REPEATS + 1):
        torch.append(_seconds("import torch"))
        package.append(_seconds("import morseloss"))
    torch, package = torch[1:], package[1:]
    ratio = median(package) / median(torch)
    return Outcome(
        f"at most {LIMIT} times `import torch`",
        f"{ratio:.2f} times",
        ratio <= LIMIT,
        {
            "torch": median(torch),
            "morseloss": median(package),
            "ratio": ratio,
            "repeats": REPEATS,
        },
    )


def _seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def draw(data: dict) -> Figure:
    """Draw both times."""
    figure = Figure(figsize=(5, 2.2), layout="constrained")
    axes = figure.add_subplot()
    bars = axes.barh(["torch", "morseloss"], [data["torch"], data["morseloss"]])
    axes.bar_label(bars, fmt=" %.2f s")
    axes.margins(x=0.2)
    axes.set(xlabel="seconds in a fresh interpreter", title=f"{data['ratio']:.2f} times torch")
    return figure
