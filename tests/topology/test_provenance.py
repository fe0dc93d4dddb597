"""A diagram says over which field it was computed, of what, and by what."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

import morseloss as ml
from morseloss.topology import ChainComplex, Provenance, canonical_form

PLANE = ChainComplex(  # the real projective plane: one cell of each degree, the last one twice
    values=[0.0, 1.0, 2.0], degrees=[0, 1, 2], boundary=[[0, 0, 0], [0, 0, 2], [0, 0, 0]]
)


@pytest.mark.parametrize("characteristic", [0, 2, 3])
def test_bars_of_a_complex_tell_the_field_on_which_they_depend(characteristic):
    bars = canonical_form(PLANE, characteristic=characteristic).diagram()
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
    bars = ml.Diagram([0.0, 1.0], [np.inf, 2.0], [0, 1], provenance=Provenance(7))
    for again in (copy.copy(bars), pickle.loads(pickle.dumps(bars)), bars.of_degree(1)):
        assert again.provenance == Provenance(7)
    assert replace(bars, provenance=None).provenance is None


@pytest.mark.parametrize("wrong", [-1, 1, 4, 2.0, "2", True, 2**61 - 1])
def test_what_is_no_characteristic_is_refused(wrong):
    with pytest.raises(ValueError, match="`field` must be 0 for the rationals or a prime"):
        Provenance(wrong)


def test_a_provenance_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="`provenance` must be a Provenance, got dict"):
        ml.Diagram([0.0], [1.0], provenance={"field": 2})
