"""Diagrams keep their order and refuse what is no bar; the score is the paper's."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

import morseloss as ml
from morseloss.topology import (
    Diagram,
    Filtration,
    bottleneck_distance,
    direct_rule,
    elder_rule,
    to_score,
    wasserstein_distance,
)


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
        (dict(births=np.zeros((1, 1)), deaths=[[1.0]]), "`births` must have one axis"),
        (dict(births=[0.0], deaths=[1.0], degrees=np.array([2**64 - 1], np.uint64)), "64 bits"),
        (dict(births=[0.0], deaths=[1.0], degrees=[1], highest=0), "at most `highest`, 0, got 1"),
        (dict(births=[0.0], deaths=[1.0], highest=0.0), "`highest` must be an integer from 0 on"),
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


def test_lower_ends_go_with_their_bars():
    bars = Diagram([2.0, 0.0, 1.0], [3.0, np.inf, 4.0], [1, 0, 0], lower=[2.5, np.nan, 3.9])
    assert np.array_equal(bars.lower, [np.nan, 3.9, 2.5], equal_nan=True)
    assert not bars.lower.flags.writeable
    assert bars.of_degree(1).lower.tolist() == [2.5]
    assert Diagram([0.0], [1.0]).of_degree(0).lower is None
    for twin in (copy.deepcopy(bars), pickle.loads(pickle.dumps(bars))):
        assert np.array_equal(twin.lower, bars.lower, equal_nan=True)


@pytest.mark.parametrize(
    ("lower", "message"),
    [
        ([1.0], "one entry per bar"),
        ([0.5, 3.5], "at or below the death, got 3.5 for 3.0 in row 1"),
        ([-np.inf, 2.0], "must be finite"),
    ],
)
def test_what_is_no_lower_end_is_refused(lower, message):
    with pytest.raises(ValueError, match=message):
        Diagram([0.0, 1.0], [2.0, 3.0], lower=lower)


@pytest.mark.parametrize("degree", [1.9, 1.0, -1, "0", True, None, np.nan])
def test_a_degree_that_is_none_is_refused(degree):
    bars = Diagram(births=[0.0], deaths=[1.0])
    for ask in (bars.of_degree, lambda k: to_score(bars, degree=k)):
        with pytest.raises(ValueError, match="`degree` must be an integer from 0 on, got"):
            ask(degree)


@pytest.mark.parametrize("rule", [elder_rule, direct_rule])
def test_the_bars_of_a_graph_say_nothing_of_degree_one(rule):
    bars = rule(Filtration([0.0, 1.0], [[0, 1]], [3.0]))
    other = Diagram(births=[0.0], deaths=[1.0], degrees=[1])
    for ask in (
        lambda: bars.of_degree(1),
        lambda: to_score(bars, degree=1),
        lambda: bottleneck_distance(bars, other, degree=1),
        lambda: wasserstein_distance(other, bars, degree=1),
    ):
        with pytest.raises(ValueError, match="`degree` must be at most 0"):
            ask()
    assert len(Diagram(births=[0.0], deaths=[1.0]).of_degree(1)) == 0
    assert bars.of_degree(0).highest == 0


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


# -- provenance: over which field a diagram was computed, of what, and by what


PLANE = ml.ChainComplex(
    values=[0.0, 1.0, 2.0], degrees=[0, 1, 2], boundary=[[0, 0, 0], [0, 0, 2], [0, 0, 0]]
)
"""The real projective plane, which has torsion: the boundary of its disc is its line, twice."""


@pytest.mark.parametrize("characteristic", [0, 2, 3])
def test_bars_of_a_complex_tell_the_field_on_which_they_depend(characteristic):
    bars = ml.canonical_form(PLANE, characteristic=characteristic).diagram()
    assert bars.provenance.field == characteristic
    assert bars.provenance.coefficients == "stated"
    assert len(bars) == (3 if characteristic == 2 else 2)


def test_bars_of_a_graph_are_the_same_over_any_field():
    direct = ml.direct_barcode, "sublevel, direct edges"
    for rule, filtration in ((ml.barcode, "sublevel"), direct):
        told = rule(([0.0, 1.0], [[0, 1]], [3.0])).provenance
        assert (told.field, told.coefficients, told.filtration) == (None, "any", filtration)
        assert told.software == f"morseloss {ml.__version__}"


def test_copies_parts_and_pickles_keep_the_provenance():
    bars = ml.Diagram([0.0, 1.0], [np.inf, 2.0], [0, 1], provenance=ml.Provenance(7))
    for again in (copy.copy(bars), pickle.loads(pickle.dumps(bars)), bars.of_degree(1)):
        assert again.provenance == ml.Provenance(7)
    assert replace(bars, provenance=None).provenance is None


@pytest.mark.parametrize("wrong", [-1, 1, 4, 2.0, "2", True, 2**61 - 1])
def test_what_is_no_characteristic_is_refused(wrong):
    with pytest.raises(ValueError, match="`field` must be 0 for the rationals or a prime"):
        ml.Provenance(wrong)


def test_a_provenance_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="`provenance` must be a Provenance, got dict"):
        ml.Diagram([0.0], [1.0], provenance={"field": 2})
