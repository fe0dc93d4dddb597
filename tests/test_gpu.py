"""On a CUDA device: the same answers as on the CPU in float64. Run with `pytest -m gpu`."""

import numpy as np
import pytest
import torch

import morseloss as ml
from tests.checks import CATALOGUE

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("landscape", CATALOGUE, ids=repr)
def test_a_gpu_gives_the_barcode_of_the_cpu(landscape, generator):
    starts = ml.sample_box(landscape, 512, generator=generator)
    bars = []
    for device in ("cpu", "cuda"):
        minima = ml.find_minima(landscape, starts.to(device))
        saddles = ml.find_saddles(landscape, starts.to(device))
        assert minima.points.device.type == device
        bars.append(ml.barcode(ml.build_graph(landscape, minima, saddles)))
    np.testing.assert_allclose(bars[1].births, bars[0].births, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(bars[1].deaths, bars[0].deaths, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "method",
    [
        ml.GradientPath(learning_rate=2e-3),
        ml.RefinedPath(ml.GradientPath(8, 2e-3)),
        ml.PolygonalChain(),
        ml.BezierCurve(),
        ml.ClimbingString(),
    ],
    ids=repr,
)
def test_a_gpu_finds_the_paths_of_the_cpu(method):
    landscape = ml.analytic.Himmelblau()
    minima = landscape.critical_points.of_index(0).points
    tops = []
    for device in ("cpu", "cuda"):
        paths = ml.find_paths(
            landscape,
            minima[:-1].to(device),
            minima[1:].to(device),
            method,
            generator=torch.Generator().manual_seed(0),
            max_steps=200,
        )
        tops.append(ml.heights(landscape, paths).values.cpu())
    torch.testing.assert_close(tops[1], tops[0], rtol=1e-8, atol=1e-8)
