"""Shared by all tests: a seeded generator, no screen, steady properties in CI, a limit of time."""

import os

import matplotlib
import pytest
import torch
from hypothesis import settings

from tests.limit import SLOW, USUAL, limited

matplotlib.use("Agg")
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    slow = item.get_closest_marker("slow") or item.get_closest_marker("gpu")
    with limited(SLOW if slow else USUAL, item.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    with limited(USUAL, f"what follows {item.nodeid}"):
        return (yield)
