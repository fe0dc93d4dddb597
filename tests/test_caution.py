import inspect
import warnings

import torch

import morseloss as ml


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
    """Five rows of saddles, each of which falls away on one side."""

    def waves(x):
        return torch.sin(x[:, 0]) + 0.4 * x[:, 0] + x[:, 1] ** 2

    land = ml.Function(waves, dim=2, box=torch.tensor([[-2e1, -1.0], [2e1, 1.0]]))
    starts = torch.linspace(-15, 15, 60, dtype=torch.float64)[:, None] * torch.tensor([[1.0, 0.0]])
    minima = ml.find_minima(land, starts).take(torch.tensor([0, 2]))
    saddles = ml.find_saddles(land, starts)
    found = warned(lambda: ml.build_graph(land, minima, saddles))
    kinds = [str(warning.message).split(" ", 1)[1][:12] for warning in found]
    assert len(kinds) == len(set(kinds))
