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


def test_a_gpu_descends_as_the_cpu_does():
    """Up to rates at which descent is not chaotic; beyond, the least rates agree."""
    land = ml.Polynomial({2: 1.0, 3: -1.0, 6: 0.1})
    rates = np.linspace(0.3, 1.25, 400)
    ends = [ml.escape.descend(land, rates, 0.05, device=device) for device in (None, "cuda")]
    np.testing.assert_array_equal(ends[1].regimes, ends[0].regimes)
    settled = ends[0].regimes == ml.escape.Regime.CONVERGES
    np.testing.assert_allclose(ends[1].points[settled], ends[0].points[settled], atol=1e-9)
    least = [ml.escape.least_rate(land, 0.05, device=device).rates for device in (None, "cuda")]
    np.testing.assert_allclose(least[1], least[0], rtol=1e-5)


def test_a_gpu_crosses_the_gate_of_the_cpu():
    camel = ml.analytic.SixHumpCamel()
    minima, saddles = (camel.critical_points.of_index(index).points for index in (0, 1))
    gate = ml.escape.Gate(camel, minima[4], saddles[3])
    starts = (gate.minimum + 0.01).expand(50, 2)
    rates = np.linspace(0.02, 0.19, 50)
    ends = [ml.escape.descend(gate, rates, starts.to(device)) for device in ("cpu", "cuda")]
    np.testing.assert_array_equal(ends[1].regimes, ends[0].regimes)
    np.testing.assert_array_equal(ends[1].steps, ends[0].steps)
