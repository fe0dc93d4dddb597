"""Scales and signs that solve equations."""

from fractions import Fraction

from morseloss.networks.symmetry.traced.charges import (
    NONE,
    Charge,
    scale_kernel,
    scale_pivots,
    sign_kernel,
    sign_pivots,
    variable,
)


def test_charges_of_products_powers_and_roots():
    one, two = variable(1), variable(2)
    assert one.plus(two) == Charge(((1, 1), (2, 1)), frozenset({1, 2}))
    assert one.plus(one, -1) == NONE
    assert one.plus(two, -1).scale == ((1, 1), (2, -1))
    assert one.power(2) == Charge(((1, 2),))
    assert one.power(3) == Charge(((1, 3),), frozenset({1}))
    assert one.power(Fraction(1, 2)) == Charge(((1, Fraction(1, 2)),))
    assert one.power(0) == NONE


def test_signs_before_and_after_a_gain():
    # a kernel (0), a gain (1), a shift (2) and a reader (3): 2 and 3 are 0 times 1
    forms = [frozenset({0, 1, 2}), frozenset({0, 1, 3})]
    assert sign_kernel([0, 1, 2, 3], forms) == [frozenset({0, 2, 3}), frozenset({1, 2, 3})]
    assert sign_kernel([0, 1, 2, 3], [*forms, frozenset({2})]) == [frozenset({0, 1})]


def test_scales_before_and_after_a_unit():
    forms = [((0, 1), (1, -1)), ((1, 1), (2, 1))]
    assert scale_kernel([0, 1, 2], forms) == [{0: 1, 1: 1, 2: -1}]
    assert scale_kernel([0, 1, 2], [*forms, ((2, 1),)]) == []


def test_powers_are_whole_numbers():
    # the second is the root of the first
    assert scale_kernel([0, 1], [((0, Fraction(1, 2)), (1, -1))]) == [{0: 2, 1: 1}]


def test_unknowns_that_tell_a_span():
    assert len(scale_pivots([{0: 1, 1: -1}, {1: 1, 2: -1}, {0: 1, 2: -1}])) == 2
    assert len(sign_pivots([frozenset({0, 1}), frozenset({1, 2}), frozenset({0, 2})])) == 2
