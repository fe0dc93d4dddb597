"""What an object has checked stays as it was checked, in copies and pickles too."""

import copy
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

from morseloss.topology import (
    ChainComplex,
    Diagram,
    Filtration,
    Matching,
    MergeTree,
    canonical_form,
    elder_rule,
)
from morseloss.topology.canonical import CanonicalForm

COMPLEX = ChainComplex.from_matrices([[0.0, 1.0], [3.0]], [[[-1], [1]]])
GIVEN = {
    Diagram: dict(
        births=np.array([0.0, 1.0]),
        deaths=np.array([np.inf, 3.0]),
        degrees=np.array([0, 0]),
        birth_cells=np.array([0, 1]),
        death_cells=np.array(-1),
    ),
    Filtration: dict(
        values=np.array([0.0, 1.0]), edges=np.array([[0, 1]], np.int32), weights=np.array([3.0])
    ),
    ChainComplex: dict(
        values=np.array([0.0, 1.0, 3.0]),
        degrees=np.array([0, 0, 1]),
        boundary=COMPLEX.boundary.copy(),
    ),
    CanonicalForm: dict(
        complex=COMPLEX,
        characteristic=0,
        pairs=np.array([[1, 2]]),
        essential=np.array([0]),
        basis=({0: 1}, {0: -1, 1: 1}, {2: 1}),
    ),
    MergeTree: dict(
        heights=np.array([0.0, 1.0, 3.0]),
        children=np.array([[0, 1]]),
        parents=np.array([2, 2, -1]),
        edges=np.array([0]),
    ),
    Matching: dict(distance=1.0, pairs=np.array([[0, -1]]), costs=np.array([1.0])),
}


def arrays_of(thing):
    """The arrays of an object, by the names of its fields; a sparse matrix has three."""
    found = {}
    for field in fields(thing):
        part = getattr(thing, field.name)
        if isinstance(part, np.ndarray):
            found[field.name] = part
        elif hasattr(part, "indptr"):
            found |= {f"{field.name}.{x}": getattr(part, x) for x in ("data", "indices", "indptr")}
    return found


@pytest.mark.parametrize("kind", GIVEN)
def test_what_the_caller_changes_afterwards_changes_no_object(kind):
    given = copy.deepcopy(GIVEN[kind])
    thing = kind(**given)
    before = {name: array.copy() for name, array in arrays_of(thing).items()}
    for part in given.values():
        array = part.data if hasattr(part, "indptr") else part
        if isinstance(array, np.ndarray):
            array[...] = 7
    assert before
    for name, array in arrays_of(thing).items():
        assert np.array_equal(array, before[name]), name


@pytest.mark.parametrize("kind", GIVEN)
def test_arrays_are_read_only_in_copies_and_pickles_too(kind):
    thing = kind(**GIVEN[kind])
    copies = copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))
    for one in (thing, *copies, replace(thing)):
        assert repr(one) == repr(thing)
        for name, array in arrays_of(one).items():
            assert np.array_equal(array, arrays_of(thing)[name])
            assert not array.flags.writeable, name
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


def test_a_basis_is_the_forms_own():
    basis = ({0: 1}, {0: -1, 1: 1}, {2: 1})
    form = CanonicalForm(**GIVEN[CanonicalForm] | dict(basis=basis))
    basis[1][0] = 5
    assert form.basis[1] == {0: -1, 1: 1}
    assert canonical_form(COMPLEX).basis == form.basis


def test_a_view_of_what_the_caller_can_write_is_copied():
    weights = np.array([3.0])
    view = weights.view()
    view.setflags(write=False)
    filtration = Filtration([0.0, 1.0], [[0, 1]], view)
    weights[0] = 9.0
    assert filtration.weights.tolist() == [3.0]


def test_an_array_that_is_read_only_is_handed_over_without_a_copy():
    values, edges, weights = np.zeros(2), np.array([[0, 1]], np.int32), np.ones(1)
    for array in (values, edges, weights):
        array.setflags(write=False)
    filtration = Filtration(values, edges, weights)
    for ours, theirs in zip(vars(filtration).values(), (values, edges, weights), strict=True):
        assert ours is theirs


def test_what_is_computed_is_not_copied_on_its_way_into_a_diagram():
    births = elder_rule(Filtration(np.zeros(3), np.empty((0, 2), int), [])).births
    assert births.base is None
    assert Diagram(births=births, deaths=np.ones(3)).births is births
