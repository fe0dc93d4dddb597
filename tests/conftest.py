"""Shared by all tests: a seeded generator, pictures without a screen, steady properties in CI."""

import os

import matplotlib
import pytest
import torch
from hypothesis import settings

matplotlib.use("Agg")
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
