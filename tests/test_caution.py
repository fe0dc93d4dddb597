import inspect
import warnings

import torch

import morseloss as ml
from morseloss.networks import NetworkLandscape


def warned(call):
    """The warnings of a call, and the line on which it stands."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [w for w in caught if issubclass(w.category, UserWarning)]


def test_warnings_show_the_line_of_the_user():
    flat = ml.classify(ml.Polynomial({4: 1.0}), torch.zeros(1, 1, dtype=torch.float64))
    cubic = ml.Polynomial({3: 1.0, 1: -3.0})
    ends = (ml.classify(cubic, torch.tensor([[x]], dtype=torch.float64)) for x in (1.0, -1.0))
    minimum, saddle = ends
    well = ml.analytic.DoubleWell(1)
    start = torch.tensor([[-1.0]], dtype=torch.float64)
    for call in (
        lambda: ml.build_graph(ml.Polynomial({4: 1.0}), flat),
        lambda: ml.build_graph(cubic, minimum, saddle),
        lambda: ml.critical_points(well, start, rounds=1),
    ):
        (caught,) = warned(call)
        assert caught.filename == __file__
        lines, first = inspect.getsourcelines(call)
        assert first <= caught.lineno < first + len(lines)


def test_saddles_that_are_left_out_make_one_warning():
    """Five rows, each with a well and a saddle beyond which it falls for ever."""

    def rows(x):
        return x[:, 0] ** 3 / 3 - x[:, 0] + torch.cos(3 * x[:, 1]) + 0.1 * x[:, 1] ** 2

    land = ml.Function(rows, dim=2, box=torch.tensor([[-2.0, -5.0], [2.0, 5.0]]))
    places = torch.linspace(-5.0, 5.0, 60, dtype=torch.float64)
    wells = ml.find_minima(land, torch.stack([places * 0 + 1, places], 1))
    saddles = ml.find_saddles(land, torch.stack([places * 0 - 1, places], 1))
    assert len(wells) == len(saddles) > 4
    found = [
        str(warning.message) for warning in warned(lambda: ml.build_graph(land, wells, saddles))
    ]
    lost = [message for message in found if "saddles are left out" in message]
    assert len(lost) == 1
    assert lost[0].startswith(f"{len(saddles)} saddles") and "diverged" in lost[0]


def test_the_door_of_networks_shows_the_line_that_made_the_landscape(generator):
    """Made of a module whose gradient is not that of its outputs."""

    class Detached(torch.nn.Linear):
        def forward(self, x):
            hidden = super().forward(x)
            return hidden / (1 + hidden.detach().abs())

    x = torch.randn(20, 6, generator=generator)
    y = torch.randint(3, (20,), generator=generator)
    (caught,) = warned(
        lambda: NetworkLandscape(Detached(6, 3), torch.nn.functional.cross_entropy, x, y)
    )
    assert caught.filename == __file__
