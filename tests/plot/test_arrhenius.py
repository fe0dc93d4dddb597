"""Pictures of the Arrhenius law: dots at the eigenvalues, lines with the slopes of the bars."""

import itertools

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

import morseloss as ml
from morseloss.plot.arrhenius import MOST_NAMES, arrhenius, exponents
from morseloss.plot.style import DEGREES
from morseloss.witten import Arrhenius, Resolution


def a_law(lengths=(2.0, 0.5), degree=0, offsets=0.0):
    """A law as it would be with a prefactor of 3 and the exponents that are asked for."""
    lengths = np.array(lengths)
    at = np.array([0.4, 0.2, 0.1])
    shape = len(at), len(lengths)
    logs = np.log(3 * at[:, None]) - 2 * lengths / at[:, None]
    return Arrhenius(
        degree=degree,
        lengths=lengths,
        exponents=lengths + offsets,
        errors=np.full(len(lengths), 0.125),
        temperatures=at,
        log_eigenvalues=logs,
        eigenvalue_errors=np.zeros(shape),
        status=np.full(shape, int(Resolution.RESOLVED)),
        rest=np.full(len(at), 5.0),
    )


def parts(ax, marker):
    """The dots (with a marker) or the lines of the bars (without one)."""
    return [line for line in ax.lines if line.get_marker() == marker]


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_dots_stand_at_the_eigenvalues_and_lines_have_the_slopes_of_the_bars():
    law = a_law()
    ax = arrhenius(law)
    for dots, wanted in zip(parts(ax, "o"), law.eigenvalues.T, strict=True):
        np.testing.assert_allclose(dots.get_xdata(), 1 / law.temperatures)
        np.testing.assert_allclose(10 ** dots.get_ydata(), wanted / law.temperatures, rtol=1e-9)
    lines = [line for line in parts(ax, "None") if line.get_zorder() == 2]
    slopes = [np.polyfit(line.get_xdata(), line.get_ydata(), 1)[0] for line in lines]
    np.testing.assert_allclose(slopes, -2 * law.lengths / np.log(10), rtol=1e-9)
    assert words(ax) == ["the rest of the spectrum", "2", "0.5"]
    assert ax.get_ylim()[0] < min(line.get_ydata().min() for line in lines)
    assert ax.get_ylim()[1] > np.log10(law.rest / law.temperatures).max()


def test_a_line_has_the_slope_of_the_bar_though_the_eigenvalues_have_another():
    law = a_law()
    wrong = Arrhenius(**{**vars(law), "lengths": 2 * law.lengths})
    line = next(line for line in arrhenius(wrong).lines if line.get_zorder() == 2)
    slope = np.polyfit(line.get_xdata(), line.get_ydata(), 1)[0]
    np.testing.assert_allclose(slope, -8 / np.log(10), rtol=1e-9)


def test_what_is_not_resolved_has_no_dot_and_without_dots_a_bar_has_no_line():
    law = a_law()
    law.status[2] = Resolution.DROWNED
    law.status[:, 1] = Resolution.WARM
    ax = arrhenius(law)
    (dots,) = parts(ax, "o")
    assert np.isfinite(dots.get_ydata()).tolist() == [True, True, False]
    assert words(ax) == ["the rest of the spectrum", "2"]
    law.status[:] = Resolution.WARM
    ax = arrhenius(law)
    assert not parts(ax, "o")
    assert words(ax) == ["the rest of the spectrum"]


def test_names_do_not_lie_on_each_other_nor_below_the_axes():
    ax = arrhenius(a_law(np.linspace(1.0, 1.01, 8)))
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts[1:]]
    boxes.sort(key=lambda box: box.y0)
    assert len(boxes) == 8
    for lower, upper in itertools.pairwise(boxes):
        assert upper.y0 >= lower.y0 + 0.6 * lower.height
    assert boxes[0].y0 >= ax.bbox.y0 - 1


def test_where_there_are_many_bars_none_is_named():
    law = a_law(np.linspace(0.2, 2.0, MOST_NAMES + 1))
    assert words(arrhenius(law)) == ["the rest of the spectrum"]


def test_exponents_stand_over_lengths_with_their_errors():
    laws = [a_law(offsets=0.25), a_law((1.0,), degree=1)]
    ax = exponents(laws)
    points = [container.lines[0] for container in ax.containers]
    np.testing.assert_allclose(points[0].get_xydata(), [[2.0, 2.25], [0.5, 0.75]])
    np.testing.assert_allclose(points[1].get_xydata(), [[1.0, 1.0]])
    colours = [(line.get_color(), line.get_marker()) for line in points]
    assert colours == list(DEGREES[:2])
    segments = ax.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose(segments[0], [[2.0, 2.125], [2.0, 2.375]])
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["degree 0", "degree 1"]
    assert ax.get_xlim() == ax.get_ylim()


def test_one_law_is_a_family_of_one_and_needs_no_legend():
    ax = exponents(a_law())
    assert len(ax.containers) == 1
    assert ax.get_legend() is None


def test_an_exponent_above_all_lengths_is_not_cut_off():
    ax = exponents(a_law(offsets=1.0))
    assert ax.get_ylim()[1] > 3.125


@pytest.mark.parametrize("draw", [arrhenius, exponents])
def test_the_axes_are_given_back_and_no_global_setting_is_touched(draw):
    before = dict(matplotlib.rcParams)
    _, given = plt.subplots()
    assert draw(a_law(), ax=given) is given
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("draw", [arrhenius, exponents])
def test_nothing_is_clipped_by_the_figure(draw):
    figure = draw(a_law()).figure
    figure.draw_without_rendering()
    box = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    assert box.x0 >= -0.5 and box.y0 >= -0.5
    assert box.x1 <= figure.bbox.x1 + 0.5 and box.y1 <= figure.bbox.y1 + 0.5


def test_what_is_no_law_is_refused():
    bars = ml.Diagram(births=[0.0], deaths=[1.0])
    with pytest.raises(ValueError, match=r"must be an Arrhenius, got Diagram; take it from"):
        arrhenius(bars)
    with pytest.raises(ValueError, match=r"must be an Arrhenius, got Diagram"):
        exponents([a_law(), bars])
    with pytest.raises(ValueError, match="at least one Arrhenius, got none"):
        exponents([])
