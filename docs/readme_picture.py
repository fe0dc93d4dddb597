"""Draw the picture of the README: `python docs/readme_picture.py`."""

from pathlib import Path

from matplotlib.figure import Figure

import morseloss as ml

land = ml.analytic.SixHumpCamel()
graph = ml.build_graph(land, land.critical_points)
figure = Figure(figsize=(11, 4.4), layout="constrained")
left, right = figure.subplots(1, 2, width_ratios=(1.7, 1))
ml.plot.landscape(land, graph, ax=left)
ml.plot.barcode(ml.barcode(graph), ax=right)
figure.savefig(Path(__file__).parent / "_static" / "readme.png", dpi=110)
