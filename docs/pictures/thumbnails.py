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
    "escape_noise": (2, 0),
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
    axes = figure.axes[place]
    legends = [legend for one in figure.axes if (legend := one.get_legend()) is not None]
    figure.draw_without_rendering()  # the layout makes room for legends, and stays as it is
    layout, words = figure.get_layout_engine(), [*legends, axes.title]
    figure.set_layout_engine("none")
    for word in words:
        word.set_visible(False)
    figure.canvas.draw()
    box = (axes.get_tightbbox() if axes.name == "3d" else axes.get_window_extent()).expanded(
        1 + ROOM, 1 + ROOM
    )
    picture = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
    for word in words:
        word.set_visible(True)
    figure.set_layout_engine(layout)
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
