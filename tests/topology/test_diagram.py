"""Diagrams keep their order and refuse what is no bar; the score is the paper's."""

import numpy as np
import pytest

from morseloss.topology import Diagram, bottleneck_distance, to_score


def test_bars_are_sorted_by_degree_birth_and_birth_cell():
    bars = Diagram(
        births=[1.0, 0.0, 1.0, 0.5],
        deaths=[2.0, np.inf, 3.0, 4.0],
        degrees=[0, 1, 0, 0],
        birth_cells=[7, 6, 5, 4],
        death_cells=[0, 1, 2, 3],
    )
    assert bars.degrees.tolist() == [0, 0, 0, 1]
    assert bars.births.tolist() == [0.5, 1.0, 1.0, 0.0]
    assert bars.birth_cells.tolist() == [4, 5, 7, 6]
    assert bars.death_cells.tolist() == [3, 2, 0, 1]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (dict(births=[np.nan], deaths=[1.0]), r"got \[nan, 1.0\] in row 0"),
        (dict(births=[0.0, -np.inf], deaths=[1.0, 1.0]), "in row 1"),
        (dict(births=[0.0], deaths=[np.nan]), r"got \[0.0, nan\] in row 0"),
        (dict(births=[2.0], deaths=[1.0]), r"got \[2.0, 1.0\] in row 0"),
        (dict(births=[0.0], deaths=[1.0, 2.0]), "same shape"),
        (dict(births=[[0.0]], deaths=[[1.0]]), "same shape"),
        (dict(births=[0.0], deaths=[1.0], degrees=[0.5]), "`degrees` must hold integers"),
        (dict(births=[0.0], deaths=[1.0], birth_cells=[1, 2]), "one entry per bar"),
    ],
)
def test_what_is_no_bar_is_refused(columns, message):
    with pytest.raises(ValueError, match=message):
        Diagram(**columns)


def test_repr_counts_bars_per_degree():
    assert repr(Diagram(births=[], deaths=[])) == "Diagram(0 bars)"
    bars = Diagram(births=[0.0, 1.0], deaths=[np.inf, 2.0], degrees=[0, 1])
    assert repr(bars) == "Diagram(2 bars: 1 of degree 0, 1 of degree 1, 1 essential)"


def test_columns_are_read_only():
    bars = Diagram(births=[1.0, 0.0], deaths=[2.0, np.inf])
    with pytest.raises(ValueError, match="read-only"):
        bars.births[0] = 3.0


def test_score_is_the_longest_finite_bar_over_the_root_of_two():
    bars = Diagram(births=[0.0, 0.2, 0.5], deaths=[np.inf, 1.4, 0.9])
    assert to_score(bars) == pytest.approx(1.2 / np.sqrt(2), rel=1e-15)
    assert to_score(bars, metric="chebyshev") == pytest.approx(0.6, rel=1e-15)


@pytest.mark.parametrize("metric", ["euclidean", "chebyshev"])
def test_score_is_the_bottleneck_distance_to_the_ideal_barcode(metric):
    generator = np.random.default_rng(0)
    for _ in range(20):
        births = generator.random(6)
        deaths = births + generator.exponential(size=6)
        deaths[births.argmin()] = np.inf
        ideal = np.array([[births.min(), np.inf]])
        bars = Diagram(births=births, deaths=deaths)
        distance = bottleneck_distance(bars, ideal, metric=metric)
        assert to_score(bars, metric=metric) == pytest.approx(distance, rel=1e-15)


def test_score_of_an_ideal_landscape_is_zero():
    assert to_score(Diagram(births=[0.0], deaths=[np.inf])) == 0.0
    assert to_score(Diagram(births=[], deaths=[])) == 0.0


def test_score_of_another_degree_looks_at_its_bars_alone():
    bars = Diagram(births=[0.0, 0.0], deaths=[9.0, 2.0], degrees=[0, 1])
    assert to_score(bars, degree=1, metric="chebyshev") == 1.0


def test_an_unknown_metric_is_refused():
    with pytest.raises(ValueError, match="`metric` must be"):
        to_score(Diagram(births=[0.0], deaths=[1.0]), metric="manhattan")
