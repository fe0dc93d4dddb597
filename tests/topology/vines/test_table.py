"""A vineyard is a table in which the rows of a vine stand together."""

import copy
import itertools
import pickle
from dataclasses import replace

import numpy as np
import pytest

from morseloss.topology import Diagram
from morseloss.topology.vines import follow, match_step

FAMILY = [
    Diagram(np.array([0.0, 1.0]), np.array([np.inf, 3.0]), birth_cells=np.array([0, 1])),
    Diagram(np.array([0.0, 1.5]), np.array([np.inf, 3.0]), birth_cells=np.array([0, 1])),
    Diagram(np.array([0.0]), np.array([np.inf]), birth_cells=np.array([0])),
    Diagram(np.array([0.0, 2.0]), np.array([np.inf, 2.5]), birth_cells=np.array([0, 1])),
]


def vines_of(family):
    steps = [
        match_step(a, b, np.arange(2), np.zeros(0, int)) for a, b in itertools.pairwise(family)
    ]
    return follow(np.arange(float(len(family))), family, steps)


def test_lengths_have_a_column_for_each_vine_and_nan_where_it_has_no_bar():
    vines = vines_of(FAMILY)
    assert repr(vines) == "Vineyard(3 vines of 4 members)"
    nan, inf = np.nan, np.inf
    wanted = [[inf, 2.0, nan], [inf, 1.5, nan], [inf, nan, nan], [inf, nan, 0.5]]
    np.testing.assert_array_equal(vines.lengths, wanted)


def test_rows_of_a_vine_stand_together_in_the_order_of_members():
    vines = vines_of(FAMILY)
    assert vines.vines.tolist() == [0, 0, 0, 0, 1, 1, 2]
    assert vines.members.tolist() == [0, 1, 2, 3, 0, 1, 3]
    assert vines.same_birth.tolist() == [False, True, True, True, False, True, False]


def test_a_row_is_switched_where_a_cell_is_another_but_not_where_a_vine_begins():
    assert vines_of(FAMILY).switched.tolist() == [False] * 5 + [True, False]  # no edge is known


def test_the_table_has_a_name_for_each_column():
    table = vines_of(FAMILY).table
    assert table.dtype.names[:6] == ("vine", "parameter", "birth", "death", "length", "degree")
    assert table[5].tolist()[:6] == (1, 1.0, 1.5, 3.0, 1.5, 0)
    assert table["birth_cell"].tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_degrees_have_vines_of_their_own_numbered_one_after_the_other():
    mixed = Diagram(np.array([0.0, 1.0]), np.array([5.0, 2.0]), np.array([1, 0]))
    vines = vines_of([mixed, mixed])
    assert vines.degrees.tolist() == [0, 0, 1, 1] and vines.vines.tolist() == [0, 0, 1, 1]


def test_a_family_of_none_has_no_vines():
    vines = vines_of([])
    assert (len(vines), vines.lengths.shape, len(vines.table)) == (0, (0, 0), 0)
    assert len(vines_of([Diagram(np.zeros(0), np.zeros(0))] * 2)) == 0


def test_columns_of_several_lengths_are_refused():
    with pytest.raises(ValueError, match=r"the shape of `vines`, \(k,\), got .*`ml.vineyard`"):
        replace(vines_of(FAMILY), births=np.zeros(3))


def test_arrays_are_read_only_in_copies_and_pickles_too():
    vines = vines_of(FAMILY)
    for one in (vines, copy.deepcopy(vines), pickle.loads(pickle.dumps(vines))):
        assert repr(one) == repr(vines)
        assert not any(part.flags.writeable for part in vars(one).values())
