"""Rows of records: every field goes along, nested records too, and nothing else is touched."""

from dataclasses import dataclass, field

import pytest
import torch

from morseloss._rows import chosen, finite, joined, put, take


@dataclass(frozen=True)
class Inner:
    matrices: torch.Tensor


@dataclass(frozen=True)
class Record:
    values: torch.Tensor
    inner: Inner
    name: str = "a"
    source: object = None
    fixed: Inner = field(default_factory=lambda: Inner("no tensor"), init=False)


def record(*values, name="a"):
    numbers = torch.tensor(values, dtype=torch.float64)
    return Record(numbers, Inner(numbers[:, None, None] * torch.ones(2, 3)), name)


def same(found, wanted):
    assert torch.equal(found.values, wanted.values)
    assert torch.equal(found.inner.matrices, wanted.inner.matrices)
    assert found.name == wanted.name


def test_rows_are_taken_by_number_and_by_mask():
    same(take(record(1, 2, 3), torch.tensor([2, 0])), record(3, 1))
    same(take(record(1, 2, 3), torch.tensor([True, False, True])), record(1, 3))
    assert len(take(record(1, 2, 3), torch.tensor([], dtype=torch.long)).inner.matrices) == 0


def test_rows_that_were_put_are_found_again():
    whole, rows = record(1, 2, 3, 4), torch.tensor([3, 1])
    found = put(whole, rows, record(8, 9, name="b"))
    same(found, record(1, 9, 3, 8))
    same(take(found, rows), record(8, 9))
    same(whole, record(1, 2, 3, 4))  # the caller's stay


def test_the_whole_repeats_its_last_column_where_the_rows_have_grown():
    whole = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    found = put(whole, torch.tensor([1]), torch.tensor([[5.0, 6.0, 7.0]]))
    assert found.tolist() == [[1.0, 2.0, 2.0], [5.0, 6.0, 7.0]]


def test_rows_are_joined_in_order():
    same(joined(record(1), record(2, 3), record(4)), record(1, 2, 3, 4))
    same(joined(record(1)), record(1))


def test_rows_are_chosen_field_by_field():
    mask = torch.tensor([True, False, True])
    same(chosen(mask, record(1, 2, 3, name="b"), record(7, 8, 9)), record(1, 8, 3, name="b"))
    plain = chosen(mask, torch.ones(3, 2), torch.zeros(3, 2))
    assert plain.tolist() == [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]


def test_a_row_that_is_not_chosen_may_hold_what_is_not_a_number():
    new = record(float("nan"), 2.0)
    same(chosen(torch.tensor([False, True]), new, record(7, 8)), record(7, 2))


def test_what_both_share_is_not_copied():
    old = record(1, 2)
    new = Record(old.values + 1, old.inner)
    assert chosen(torch.tensor([True, False]), new, old).inner is old.inner


def test_a_row_is_finite_if_all_of_it_is():
    vectors = torch.tensor([[1.0, 2.0], [1.0, torch.inf], [1.0, 2.0]])
    matrices = vectors[..., None].clone()
    matrices[2, 0] = torch.nan
    values = torch.tensor([0.0, 0.0, 0.0])
    assert finite(values).tolist() == [True, True, True]
    assert finite(values, vectors).tolist() == [True, False, True]
    assert finite(values, vectors, matrices).tolist() == [True, False, False]
    assert finite(values[:0], vectors[:0], matrices[:0]).tolist() == []


def test_records_of_unlike_shapes_are_refused_by_torch():
    with pytest.raises(RuntimeError):
        joined(record(1), Record(torch.ones(1), Inner(torch.ones(1, 5))))
