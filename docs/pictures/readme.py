"""Draw the picture of the README: `python docs/pictures/readme.py`."""

from pathlib import Path

from matplotlib.figure import Figure

import morseloss as ml

land = ml.analytic.SixHumpCamel()
complex_ = ml.morse_complex(land, ml.critical_points(land))
figure = Figure(figsize=(11, 4.6), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(1.7, 1))
ml.plot.morse_smale(land, complex_, ax=left)
ml.plot.barcode(complex_.diagram(), ax=right)
figure.savefig(Path(__file__).parent.parent / "_static" / "readme.png", dpi=110)
