"""Square thumbnails of the gallery: of each example the axes that show its idea, without words.

The one idea: at 160 pixels nobody reads labels, so a thumbnail is the inside of one axes, cut out
of a figure of the example while it runs, and put on a white square.
"""

from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["CHOSEN", "cut_out"]

SIZE = 400
ROOM = 0.05  # around the axes, for arrows that leave it

CHOSEN = {  # example: number of the figure, from 1, and of the axes in it, from 0; else (1, 0)
    "change_of_coordinates": (1, 1),
    "compare": (2, 0),
    "easy_and_hard": (1, 0),
    "merge_tree": (2, 0),
    "morse_smale": (2, 0),
    "theorem_one": (3, 0),
    "arrhenius": (1, 0),
    "escape_rate": (2, 0),
    "network_along": (1, 1),
}


def cut_out(figure, number: int, name: str, folder: Path) -> Path | None:
    """Save the chosen axes of an example as a square, if they are in this figure.

    Parameters
    ----------
    figure : Figure
    number : int
        Of the figure in its example, from 1.
    name : str
        Of the example.
    folder : Path
    """
    chosen, place = CHOSEN.get(name, (1, 0))
    if number != chosen:
        return None
    figure.canvas.draw()
    axes = figure.axes[place]
    box = axes.get_window_extent()
    if axes.name == "3d":
        box = axes.get_tightbbox()
    box = box.expanded(1 + ROOM, 1 + ROOM)
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
    left, right = (round(min(max(x, 0), picture.width)) for x in (box.x0, box.x1))
    low, high = (round(picture.height - min(max(y, 0), picture.height)) for y in (box.y0, box.y1))
    part = picture.crop((left, high, right, low))
    part.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (SIZE, SIZE), "white")
    square.paste(part, ((SIZE - part.width) // 2, (SIZE - part.height) // 2))
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.png"
    square.save(file)
    return file
