"""Axes are cut and split until they fit."""

import pytest

from morseloss.networks.symmetry.traced.spaces import Cat, Flat, Leaf, Mul, Void, size_of_tree
from morseloss.networks.symmetry.traced.world import ONE, Mismatch, World, product


def joined(world, one, other):
    def tied(a, b):
        if isinstance(a, Leaf) and isinstance(b, Leaf):
            world.tie(a, b, turned=False)
        return a

    return world.joined(one, other, tied)


def test_a_row_cuts_what_it_meets_and_the_cut_is_remembered():
    forms = {}
    world = World(forms)
    whole = world.parameter(("a", 0), 12)
    row = Cat((world.parameter(("b", 0), 4), world.parameter(("c", 0), 8)))
    made = joined(world, row, whole)
    assert [size_of_tree(part) for part in made.parts] == [4, 8]
    assert world.dirty
    assert forms == {("a", 0): ("cat", (4, 8))}
    again = World(forms)
    assert [size_of_tree(part) for part in again.parameter(("a", 0), 12).parts] == [4, 8]
    assert not again.dirty


def test_a_view_splits_all_that_is_tied():
    forms = {}
    world = World(forms)
    one, other = world.parameter(("a", 0), 6), world.parameter(("b", 1), 6)
    world.tie(one, other, turned=True)
    outer, inner = world.regrouped((one,), (2, 3))
    assert (size_of_tree(outer), size_of_tree(inner)) == (2, 3)
    assert forms == {("a", 0): ("mul", (2, 3)), ("b", 1): ("mul", (2, 3))}
    assert [leaf.turned for leaf in world.leaves(one)] != [
        leaf.turned for leaf in world.leaves(other)
    ]


def test_products_that_do_not_fit_are_refused():
    world = World({})
    two_by_three = product((world.parameter(("a", 0), 2), world.parameter(("a", 1), 3)))
    three_by_two = product((world.parameter(("b", 0), 3), world.parameter(("b", 1), 2)))
    with pytest.raises(Mismatch):
        joined(world, two_by_three, three_by_two)
    with pytest.raises(Mismatch):
        world.cut(two_by_three, 2)


def test_a_cut_along_the_slowest_factor_goes():
    world = World({})
    tree = product((world.parameter(("a", 0), 4), world.parameter(("a", 1), 3)))
    low, high = world.cut(tree, 3)
    assert (size_of_tree(low), size_of_tree(high)) == (3, 9)


def test_what_is_split_keeps_what_was_taken_from_it():
    world = World({})
    whole = world.parameter(("a", 0), 6)
    world.restrict(whole, "exchanged")
    outer, inner = world.split(whole, 2)
    assert all(leaf.space.exchanged for part in (outer, inner) for leaf in world.leaves(part))


def test_one_space_both_ways_turns_by_rotations():
    world = World({})
    one, other = world.parameter(("a", 0), 6), world.parameter(("b", 1), 6)
    world.tie(one, other, turned=True)
    assert not world.unknowns[0][1].orthogonal
    world.tie(one, other, turned=False)
    assert any(space.orthogonal for _, space in world.unknowns)


def test_zeros_and_what_is_alike_can_be_cut_anywhere():
    world = World({})
    assert world.cut(Flat(6), 2) == (Flat(2), Flat(4))
    assert world.split(Void(6), 2) == (Void(2), Void(3))
    assert world.row([Void(2), Void(3)]) == Void(5)
    assert product((Flat(2), Void(3))) == Void(6)
    assert product(()) is ONE


def test_equal_parts_of_a_row_are_told_apart_by_number():
    world = World({("a", 0): ("cat", (4, 4, 4))})
    index, choice = world.split(world.parameter(("a", 0), 12), 3)
    assert (size_of_tree(index), size_of_tree(choice)) == (3, 4)
    assert len({leaf.space for leaf in world.leaves(choice)}) == 3


def test_the_count_of_a_product_can_be_recast_as_a_row():
    forms = {}
    world = World(forms)
    three, _ = world.split(world.parameter(("a", 0), 12), 3)
    assert isinstance(three, Leaf)
    assert world.recast(three.space, 3)
    assert forms == {("a", 0): ("cat", (4, 4, 4))}
    assert isinstance(World(forms).parameter(("a", 0), 12), Cat)
    assert not isinstance(World({}).parameter(("a", 0), 12), Cat | Mul)
