"""Fixtures shared by all tests: a seeded generator, and pictures without a screen."""

import matplotlib
import pytest
import torch

matplotlib.use("Agg")


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
