import numpy as np
import pytest
import torch

import morseloss as ml

PLANE = np.arange(12.0).reshape(3, 4)
REFUSED = {
    "five axes": ((np.zeros((2,) * 5),), {}, r"1 to 4 axes .* got shape \(2, 2, 2, 2, 2\); take"),
    "no axis": ((3.0,), {}, r"1 to 4 axes .* got shape \(\)"),
    "no cell": ((np.zeros((3, 0)),), {}, r"at least one cell, got shape \(3, 0\)"),
    "objects": ((PLANE.astype(object),), {}, r"got dtype object; convert it"),
    "text": ((PLANE.astype(str),), {}, "must hold real numbers, got dtype <U"),
    "times": ((PLANE.astype("datetime64[s]"),), {}, "must hold real numbers, got dtype dat"),
    "complex": ((PLANE + 1j,), {}, "got dtype complex128; take the real part or the modulus"),
    "complex torch": ((torch.zeros(3, dtype=torch.complex64),), {}, "got dtype torch.complex64"),
    "ragged": (([[0.0, 1.0], [2.0]],), {}, r"`values` must be an array, got list \(.*\); make"),
    "None": ((None,), {}, "must be an array of numbers, got NoneType; make an array of it"),
    "a graph": ((ml.grid_graph(PLANE),), {}, "must be an array of numbers, got LandscapeGraph"),
    "a class": ((np.ndarray,), {}, "must be an array.*, got the class ndarray"),
    "sparse": ((torch.eye(3).to_sparse(),), {}, r"must be an array, got Tensor \(.*a dense array"),
    "a gradient": ((torch.zeros(3, requires_grad=True),), {}, r"use `values.detach\(\)`"),
    "long integers": ((np.array([2**60 + 1, 0]),), {}, "float64 holds exactly"),
    "-inf": (([[0.0, 1.0], [2.0, -np.inf]],), {}, r"above -inf, got -inf in cell \(1, 1\)"),
    "all nan": ((PLANE * np.nan,), {}, "a cell that is there, got none: all are masked, nan or"),
    "an empty mask": ((PLANE,), {"mask": PLANE < 0}, "True where a cell is there"),
    "another mask": ((PLANE,), {"mask": [True] * 4}, r"shape of `values`, \(3, 4\), got \(4,\)"),
    "a ragged mask": ((PLANE,), {"mask": [[True], []]}, "`mask` must be an array, got list"),
    "a mask of numbers": ((PLANE,), {"mask": PLANE}, "`mask` must hold True or False"),
    "cells": ((PLANE, "voxels"), {}, r'`cells` must be "vertices" .* or "pixels" .* got \'voxels'),
    "cells in a list": ((PLANE, ["pixels"]), {}, r"`cells` must be"),
    "three axes": ((PLANE,), {"periodic": (True,) * 3}, "one for each of the 2 axes, got"),
    "number of an axis": ((PLANE,), {"periodic": 1}, "`periodic` must be a bool"),
    "numbers": ((PLANE,), {"periodic": (0, 1)}, "`periodic` must be a bool"),
    "two cells": (
        (np.zeros((5, 2)),),
        {"periodic": (False, True)},
        "at least 3 cells, got 2 on axis 1 .* both neighbours of a cell would be the other cell",
    ),
    "one cell": (
        (np.zeros((1, 5)),),
        {"periodic": True},
        "at least 3 cells, got 1 on axis 0 .* both neighbours of a cell would be the cell itself",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_grid_is_refused_with_a_sentence(case):
    given, named, message = REFUSED[case]
    for function in (ml.grid_barcode, ml.grid_graph, ml.grid_basins):
        with pytest.raises(ValueError, match=message):
            function(*given, **named)


@pytest.mark.parametrize("case", ["-inf", "all nan", "an empty mask"])
@pytest.mark.parametrize("degrees", [0, 1, 2])
def test_what_has_no_bottom_is_refused_in_every_degree(case, degrees):
    given, named, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        ml.grid_barcode(*given, **named, degrees=degrees)


def test_a_matrix_is_an_array():
    bars = ml.grid_barcode(PLANE % 5)
    with pytest.warns(PendingDeprecationWarning):
        same = ml.grid_barcode(np.matrix(PLANE % 5))
    np.testing.assert_array_equal(bars.deaths, same.deaths)


def test_one_cell_has_one_bar():
    for shape in ((1,), (1, 1), (1, 1, 1, 1)):
        bars = ml.grid_barcode(np.full(shape, 2.0), degrees=range(len(shape) + 1))
        assert (bars.births.tolist(), bars.deaths.tolist()) == ([2.0], [np.inf])


def test_an_axis_of_one_cell_changes_nothing():
    values = np.random.default_rng(0).random((6, 7))
    bars = ml.grid_barcode(values, degrees=(0, 1))
    for axis in range(3):
        thick = ml.grid_barcode(np.expand_dims(values, axis), degrees=(0, 1))
        np.testing.assert_array_equal(bars.deaths, thick.deaths)
        np.testing.assert_array_equal(bars.birth_cells, thick.birth_cells)


def test_a_masked_entry_is_not_looked_at():
    most = np.iinfo(np.int64).max
    bars = ml.grid_barcode(np.ma.array([most, 0, 3, 1], mask=[1, 0, 0, 0]))
    assert bars.births.tolist() == [0.0, 1.0]
    assert bars.deaths.tolist() == [np.inf, 3.0]


def test_numbers_in_arrays_without_axes_are_numbers():
    values = [0.0, 2.0, 1.0]
    bars = ml.grid_barcode(values, degrees=np.array(0), periodic=np.array(False))
    assert bars.deaths.tolist() == [np.inf, 2.0]
