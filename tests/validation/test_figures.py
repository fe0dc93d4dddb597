"""Figures of the claims: drawn from the committed results, in the colours of the house."""

import json

import matplotlib
import matplotlib.figure
import pytest
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from validation.__main__ import HERE, main
from validation.claims import KNOWN, claim_module, place
from validation.report import read, report_file
from validation.style import dots, house, zeros

MATPLOTLIBS = {to_hex(colour) for colour in matplotlib.color_sequences["tab10"]}
DRAWN = [name for name in KNOWN if report_file(HERE, name).exists()]


def colours(figure):
    """The colours of all lines, collections and patches."""
    found = set()
    for one in figure.findobj(lambda part: isinstance(part, Line2D | Collection | Patch)):
        every = [one.get_color()] if isinstance(one, Line2D) else [*_list(one.get_facecolor())]
        found |= {to_hex(colour) for colour in every}
    return found


def _list(colour):
    return [colour] if len(colour) == 4 and not hasattr(colour[0], "__len__") else list(colour)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_has_none_of_matplotlibs_own_colours_and_no_bars_on_a_logarithmic_axis(name):
    with house():
        figure = claim_module(name).draw(read(report_file(HERE, name))["data"])
    assert not MATPLOTLIBS & colours(figure)
    for ax in figure.axes:
        bars = [part for box in ax.containers for part in box if isinstance(part, Patch)]
        assert not bars or "log" not in (ax.get_xscale(), ax.get_yscale())


def test_figures_are_redrawn_from_results_which_stay_as_they_are(tmp_path, capsys):
    file = tmp_path / "results" / place("bottleneck").with_suffix(".json")
    file.parent.mkdir(parents=True)
    text = json.dumps(read(report_file(HERE, "bottleneck")))
    file.write_text(text)
    assert main(["bottleneck", "algorithm_one", "--redraw", "--out", str(tmp_path)]) == 0
    drawn = tmp_path / "figures" / place("bottleneck").with_suffix(".png")
    assert capsys.readouterr().out == f"{drawn}\n"
    assert drawn.exists() and file.read_text() == text


def test_what_is_zero_is_called_so_on_a_logarithmic_axis():
    ax = matplotlib.figure.Figure().subplots()
    ax.plot([1, 2, 3], [1e-17, 1e-12, 1e-9])
    ax.set_yscale("log")
    zeros(ax, 1e-17, "none")
    named = dict(zip(ax.get_yticks(), [t.get_text() for t in ax.get_yticklabels()], strict=True))
    assert named[1e-17] == "none"
    assert min(tick for tick in named if tick > 1e-17) > 2e-16


def test_numbers_side_by_side_are_dots_each_with_its_number():
    ax = matplotlib.figure.Figure().subplots()
    dots(ax, ["a", "b"], {"ours": [1.0, 20.0], "theirs": [3.0, None]})
    assert [line.get_ydata().tolist() for line in ax.lines[:2]] == [[1.0, 20.0], [3.0]]
    assert [text.get_text() for text in ax.texts] == ["1", "20", "3"]
    assert not ax.patches
