"""Generators that move are named, and set back."""

import functools
import random

import numpy as np
import torch

from morseloss.networks.loss.generators import watched

DRAWER = np.random.default_rng(0)


def inner():
    return DRAWER.random()


def outer():
    return inner()


def test_generators_are_named_and_set_back():
    before = random.getstate(), torch.get_rng_state()
    with watched() as drawn:
        random.random()
        torch.rand(3)
    assert drawn == ["torch's generator", "Python's `random`"]
    assert random.getstate() == before[0] and torch.equal(torch.get_rng_state(), before[1])


def test_generators_are_found_through_functions_objects_and_containers():
    own = torch.Generator()

    class Holder:
        def __init__(self):
            self.parts = [{"a": own}]

        def __call__(self):
            return torch.rand((), generator=self.parts[0]["a"])

    for draw in (outer, functools.partial(outer), Holder(), lambda: DRAWER.integers(3)):
        first = DRAWER.bit_generator.state
        with watched(draw) as drawn:
            draw()
        assert drawn == ["a Generator of its own"]
        assert DRAWER.bit_generator.state == first


def test_what_does_not_draw_is_not_named():
    with watched(outer, inner) as drawn:
        torch.zeros(3)
    assert drawn == []
