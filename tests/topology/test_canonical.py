"""The canonical form against gudhi, against complexes built from it, and against its definition."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morseloss.topology import CanonicalForm, ChainComplex, canonical_form, elder_rule
from tests.topology.complexes import PLANE, bars_of, hidden, simplicial
from tests.topology.graphs import bars_of as graph_bars
from tests.topology.graphs import random_graph

FIELDS = [0, 2, 3, 11]
NO_TORSION = 101  # gudhi has no rationals; these complexes have the same bars over this field


def check_form(form):
    """Boundary times basis is basis times matching, and the basis is a filtered one."""
    p = form.characteristic
    basis, matching = form.basis_matrix(), form.matching_matrix()
    boundary = form.complex.boundary.toarray()
    if abs(basis).max(initial=0) < 2**31:  # numpy multiplies matrices of objects slowly
        basis = basis.astype(np.int64)
    else:
        boundary = boundary.astype(object)
    difference = boundary @ basis - basis @ matching
    assert not np.any(difference % p if p else difference)
    ordered = basis[form.order][:, form.order]
    assert not np.any(np.tril(ordered, -1))
    assert np.all(np.diag(ordered) % p if p else np.diag(ordered))
    degrees = form.complex.degrees
    assert not np.any(basis[degrees[:, None] != degrees])
    assert sorted([*form.pairs.ravel(), *form.essential]) == list(range(len(degrees)))


def gudhi_bars(tree, field):
    tree.compute_persistence(field, min_persistence=-1, persistence_dim_max=True)
    degrees = range(tree.dimension() + 1)
    intervals = [(k, tree.persistence_intervals_in_dimension(k).tolist()) for k in degrees]
    return sorted((k, birth, death) for k, rows in intervals for birth, death in rows)


@pytest.mark.parametrize("levels", [None, 1, 3])
@pytest.mark.parametrize(("vertices", "size", "share"), [(7, 2, 0.5), (9, 3, 0.3), (7, 4, 0.5)])
def test_bars_equal_those_of_gudhi_over_every_field(levels, vertices, size, share):
    generator = np.random.default_rng(vertices)
    for _ in range(3):
        simplices = list(combinations(range(vertices), size))
        kept = [s for s in simplices if generator.random() < share]
        tree, complex = simplicial([(0,), *kept], generator, levels=levels)
        for p in FIELDS:
            form = canonical_form(complex, characteristic=p)
            check_form(form)
            assert bars_of(form.diagram()) == gudhi_bars(tree, p or NO_TORSION)


@pytest.mark.parametrize("levels", [None, 2])
def test_fields_differ_on_a_projective_plane_as_gudhi_says(levels):
    tree, complex = simplicial(PLANE, np.random.default_rng(0), levels=levels)
    betti = {}
    for p in FIELDS:
        form = canonical_form(complex, characteristic=p)
        check_form(form)
        assert bars_of(form.diagram()) == gudhi_bars(tree, p or NO_TORSION)
        betti[p] = form.betti
    assert betti == {0: (1, 0, 0), 2: (1, 1, 1), 3: (1, 0, 0), 11: (1, 0, 0)}


@given(hidden(), st.sampled_from([*FIELDS, 2**31 - 1]))
@settings(deadline=None)
def test_a_hidden_matching_is_found(drawn, p):
    complex, pairs, multiples, others = drawn
    form = canonical_form(complex, characteristic=p)
    check_form(form)
    lives = multiples % p != 0 if p else multiples != 0
    assert sorted(form.pairs.tolist()) == sorted(pairs[lives].tolist())
    assert sorted(form.essential) == sorted([*others, *pairs[~lives].ravel()])


@given(hidden(), st.sampled_from([0, 2, 3]), st.integers(4, 6))
@settings(deadline=None, max_examples=50)
def test_bars_of_the_dual_are_the_bars_upside_down(drawn, p, n):
    complex, *_ = drawn
    bars = canonical_form(complex, characteristic=p).diagram()
    turned = [
        (n - k - 1, -death, -birth) if death < np.inf else (n - k, -birth, death)
        for k, birth, death in bars_of(bars)
    ]
    assert bars_of(canonical_form(complex.dual(n), characteristic=p).diagram()) == sorted(turned)


@given(hidden(), st.sampled_from(FIELDS))
@settings(deadline=None, max_examples=30)
def test_betti_numbers_have_the_euler_characteristic(drawn, p):
    complex, *_ = drawn
    betti = canonical_form(complex, characteristic=p).betti
    assert sum((-1) ** k * b for k, b in enumerate(betti)) == complex.euler


@pytest.mark.parametrize("levels", [None, 2])
@pytest.mark.parametrize("p", [0, 2])
def test_degree_zero_of_a_graph_is_the_elder_rule_to_the_cell(levels, p):
    generator = np.random.default_rng(1)
    for n, m in [(1, 0), (1, 3), (10, 25), (30, 20)]:
        graph = random_graph(n, m, generator, levels=levels)
        incidence = np.zeros((n, m), np.int64)
        np.add.at(incidence, (graph.edges[:, 0], np.arange(m)), -1)
        np.add.at(incidence, (graph.edges[:, 1], np.arange(m)), 1)
        complex = ChainComplex.from_matrices([graph.values, graph.weights], [incidence])
        bars = canonical_form(complex, characteristic=p).diagram().of_degree(0)
        ours = [(b, d, x, y - n if y >= 0 else y) for b, d, x, y in graph_bars(bars)]
        assert ours == graph_bars(elder_rule(graph))


def test_numbers_past_64_bits_stay_exact():
    generator = np.random.default_rng(0)
    matrix = generator.integers(-(2**15), 2**15, (12, 12))
    complex = ChainComplex.from_matrices([np.zeros(12), np.ones(12)], [matrix])
    form = canonical_form(complex)
    check_form(form)
    assert max(abs(form.basis_matrix()).ravel()) > 2**64


def test_big_and_negative_coefficients_do_not_become_floats():
    complex = ChainComplex([0.0, 0.0], [0, 0], np.zeros((2, 2), int))
    none = np.empty((0, 2), np.int64)
    form = CanonicalForm(complex, 0, none, np.array([0, 1]), ({0: 1}, {0: 2**63, 1: -1}))
    assert form.basis_matrix()[:, 1].tolist() == [2**63, -1]


def test_bars_of_length_zero_are_kept_with_their_cells():
    complex = ChainComplex([0.0, 1.0, 1.0], [0, 0, 1], [[0, 0, -1], [0, 0, 1], [0, 0, 0]])
    bars = canonical_form(complex).diagram()
    assert bars.lifetimes.tolist() == [np.inf, 0.0]
    assert (bars.birth_cells.tolist(), bars.death_cells.tolist()) == ([0, 1], [-1, 2])


def test_nothing_has_an_empty_form():
    form = canonical_form(ChainComplex([], [], []))
    assert (form.betti, len(form.diagram()), form.basis) == ((), 0, ())
    assert repr(form) == "CanonicalForm(0 pairs and 0 essential classes over Q)"
    point = canonical_form(ChainComplex([0.0], [0], [[0]]), characteristic=3)
    assert repr(point) == "CanonicalForm(0 pairs and 1 essential class over Z/3)"


@pytest.mark.parametrize("p", [1, -2, 4, 9, 2**31, 2**61 - 1, 2.0, "2", None, True])
def test_a_characteristic_without_a_field_is_refused(p):
    with pytest.raises(ValueError, match=r"`characteristic` must be 0 .* or a prime .* got"):
        canonical_form(ChainComplex([0.0], [0], [[0]]), characteristic=p)
