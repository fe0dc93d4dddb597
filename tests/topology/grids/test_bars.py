import numpy as np
import pytest
import torch

import morseloss as ml
from tests.topology.grids.arrays import WAYS, check_cells, gudhi_bars, ordered, random_grids


def check_against_gudhi(count, seed):
    for values, periodic in random_grids(count, seed):
        for cells in WAYS:
            bars = ml.grid_barcode(values, cells, periodic=periodic)
            np.testing.assert_array_equal(
                ordered(bars), gudhi_bars(values, cells, periodic, 0), f"{values} {periodic}"
            )
            check_cells(bars, values)


def test_bars_of_random_grids_with_ties_are_those_of_gudhi_to_the_bit():
    check_against_gudhi(150, seed=0)


@pytest.mark.slow
def test_bars_of_a_thousand_random_grids_are_those_of_gudhi_to_the_bit():
    check_against_gudhi(1000, seed=1)


@pytest.mark.parametrize("cells", WAYS)
def test_bars_of_a_large_grid_are_those_of_gudhi_to_the_bit(cells):
    for ties in (False, True):
        values = np.random.default_rng(2).random((150, 170))
        values = np.round(12 * values) if ties else values
        bars = ml.grid_barcode(values, cells)
        assert len(bars) > 800
        np.testing.assert_array_equal(ordered(bars), gudhi_bars(values, cells, (False, False), 0))
        check_cells(bars, values)


@pytest.mark.parametrize("cells", WAYS)
def test_all_degrees_are_those_of_gudhi_with_cells_that_have_their_values(cells):
    for values, periodic in random_grids(60, seed=3):
        axes = values.ndim
        bars = ml.grid_barcode(values, cells, periodic=periodic, degrees=range(axes + 1))
        assert bars.highest == axes
        check_cells(bars, values)
        for degree in range(axes + 1):
            np.testing.assert_array_equal(
                ordered(bars.of_degree(degree)), gudhi_bars(values, cells, periodic, degree)
            )


def test_a_torus_has_four_essential_bars():
    values = np.random.default_rng(4).random((9, 8))
    bars = ml.grid_barcode(values, periodic=True, degrees=(0, 1, 2))
    assert np.bincount(bars.degrees[~bars.finite]).tolist() == [1, 2, 1]
    assert bars.births[(bars.degrees == 2)] == values.max()


def test_a_diagonal_joins_pixels_and_not_vertices():
    values = [[0.0, 5.0], [5.0, 1.0]]
    assert len(ml.grid_barcode(values, "pixels")) == 1
    assert ml.grid_barcode(values, "vertices").deaths.tolist() == [np.inf, 5.0]


def test_of_equal_minima_the_one_later_in_the_grid_dies():
    bars = ml.grid_barcode([0.0, 2.0, 0.0, 1.0, 0.0])
    assert bars.birth_cells.tolist() == [0, 2, 4]
    assert bars.death_cells.tolist() == [-1, 1, 3]


def test_a_plateau_has_one_bar_whatever_its_shape():
    comb = np.ones((5, 7))
    comb[0] = comb[1:, ::2] = 0.0
    comb[:, 6] = 0.0
    for turned in (comb, comb[::-1], comb.T, comb.T[::-1]):
        assert len(ml.grid_barcode(turned)) == 1


def test_masks_nan_inf_and_masked_arrays_say_the_same():
    rng = np.random.default_rng(5)
    values, there = rng.random((12, 13)), rng.random((12, 13)) < 0.7
    expected = gudhi_bars(np.where(there, values, np.inf), "pixels", (False, False), 0)
    for given, mask in (
        (values, there),
        (values, torch.tensor(there)),
        (values, there.tolist()),
        (np.where(there, values, np.nan), None),
        (np.where(there, values, np.inf), None),
        (np.ma.masked_array(values, ~there), None),
        (np.where(there, values, -np.inf), there),
    ):
        np.testing.assert_array_equal(
            ordered(ml.grid_barcode(given, "pixels", mask=mask)), expected
        )


FORMS = {
    "float16": lambda v: v.astype(np.float16),
    "float32": lambda v: v.astype(np.float32),
    "big endian": lambda v: v.astype(">f8"),
    "int8": lambda v: v.astype(np.int8),
    "uint64": lambda v: v.astype(np.uint64),
    "lists": lambda v: v.astype(int).tolist(),
    "Fortran order": np.asfortranarray,
    "every second of a larger one": lambda v: np.repeat(np.repeat(v, 2, 0), 2, 1)[::2, ::2],
    "turned twice": lambda v: np.ascontiguousarray(v[::-1])[::-1],
    "read-only": lambda v: np.broadcast_to(v, v.shape),
    "torch": torch.tensor,
    "bfloat16": lambda v: torch.tensor(v, dtype=torch.bfloat16),
    "torch integers": lambda v: torch.tensor(v, dtype=torch.int32),
    "a transposed tensor": lambda v: torch.tensor(v.T.copy()).T,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_an_array_has_the_same_bars(form):
    values = np.random.default_rng(6).integers(0, 90, (15, 11)).astype(float)
    bars, same = ml.grid_barcode(values), ml.grid_barcode(FORMS[form](values))
    for name in ("births", "deaths", "birth_cells", "death_cells"):
        np.testing.assert_array_equal(getattr(bars, name), getattr(same, name))


def test_a_grid_of_bools_has_a_bar_for_each_piece_of_false():
    image = np.array([[0, 1, 0], [1, 1, 0], [0, 0, 0]], dtype=bool)
    for given in (image, torch.tensor(image)):
        assert ml.grid_barcode(given).deaths.tolist() == [np.inf, 1.0]
        assert ml.grid_barcode(given, "pixels").deaths.tolist() == [np.inf, 1.0]


def test_the_values_of_the_caller_are_neither_changed_nor_kept():
    values = np.random.default_rng(7).random((6, 6))
    before = values.copy()
    bars = ml.grid_barcode(values, degrees=(0, 1))
    np.testing.assert_array_equal(values, before)
    assert values.flags.writeable
    assert not np.shares_memory(bars.births, values)


def test_a_long_serpentine_is_walked_once():
    # a valley that winds through the whole grid, with a side pocket at each turn
    width = 400
    values = np.full((width + 1, width), 1e9)
    values[::2] = np.arange(values[::2].size).reshape(-1, width)
    values[2::4] = values[2::4, ::-1]
    values[1::4, -1] = values[2::4, -1] - 0.5
    values[3::4, 0] = values[4::4, 0] - 0.5
    bars = ml.grid_barcode(values)
    assert bars.births[0] == 0.0
    np.testing.assert_array_equal(ordered(bars), gudhi_bars(values, "vertices", (False, False), 0))


@pytest.mark.parametrize("degrees", [-1, 3, (), (0, 3), 1.0, True, "0", None])
def test_degrees_that_a_plane_does_not_have_are_refused(degrees):
    with pytest.raises(ValueError, match="`degrees` must be integers from 0 to 2"):
        ml.grid_barcode(np.zeros((3, 3)), degrees=degrees)


def test_bars_of_degrees_that_were_not_asked_for_are_left_out():
    values = np.random.default_rng(8).random((6, 6, 6))
    bars = ml.grid_barcode(values, degrees=2)
    assert set(bars.degrees.tolist()) == {2}
    assert bars.highest == 2
