"""An engine that computes anything else than the module is found out."""

import pytest
import torch
from torch import nn

from morseloss.networks.loss.engine import Looped
from morseloss.networks.loss.proof import Proof, near
from morseloss.networks.loss.pure import Pure
from tests.networks.models import cnn, cross_entropy, labelled, mlp


class Off(Looped):
    """Wrong in the last row, a little."""

    def losses(self, points, inputs, targets):
        last = torch.arange(len(points)) == len(points) - 1
        return super().losses(points, inputs, targets) * (1 + 1e-6 * last)


class Bent(Looped):
    """Right values, a wrong gradient."""

    def gradients(self, points, inputs, targets):
        values, gradients = super().gradients(points, inputs, targets)
        gradients[0, -1] += 1e-6
        return values, gradients


class Raising(Looped):
    """Cannot."""

    def losses(self, points, inputs, targets):
        raise RuntimeError("no rule")


def proof(module, generator, *shape):
    pure = Pure(module)
    points = near(pure, 2, torch.device("cpu"))
    return pure, Proof.of(module, pure, cross_entropy, points, *labelled(generator, *shape))


@pytest.mark.parametrize(
    ("kind", "words"),
    [(Looped, ""), (Off, "it gives the value"), (Bent, "it gives another gradient"),
     (Raising, "RuntimeError: no rule")],
)  # fmt: skip
def test_values_and_gradients_of_every_vector_count(kind, words, generator):
    pure, held = proof(mlp(), generator, 6)
    fault = held.fault(kind(pure, cross_entropy))
    assert fault.startswith(words) if words else fault == ""


class Detached(nn.Linear):
    """Its gradient is not that of its outputs."""

    def forward(self, x):
        hidden = super().forward(x)
        return hidden / (1 + hidden.detach().abs())


def rise(module, loss, x, y):
    pure = Pure(module)
    points = near(pure, 2, torch.device("cpu"))
    return Proof.of(module, pure, loss, points, x, y).rise(Looped(pure, loss))


def normed():
    return nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))


def shrunk():
    """Batch normalisation bends the loss the more, the smaller the weights before it are."""
    module = normed()
    nn.init.normal_(module[0].weight, std=1e-4)
    return module


def at_kinks():
    """On black images all of its units are at the kink of ReLU."""
    module = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    nn.init.zeros_(module[0].bias)
    return module


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1.0, 1e6])
@pytest.mark.parametrize("make", [normed, shrunk, at_kinks, lambda: nn.Linear(6, 3)])
def test_a_loss_of_any_size_rises_as_its_gradient_has_it(make, size, generator):
    x, y = labelled(generator, 6)
    x[::2] = 0.0
    found = rise(make(), lambda o, t: size * cross_entropy(o, t), x, y)
    assert found == pytest.approx(1, abs=1e-6) and found != 1.0


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1.0, 1e6])
def test_a_gradient_of_something_else_is_seen_at_any_size_of_the_loss(size, generator):
    loss = lambda o, t: size * cross_entropy(o, t)  # noqa: E731
    found = rise(Detached(6, 3), loss, *labelled(generator, 6))
    assert 0.1 < found < 0.9


def test_of_a_loss_that_has_come_to_its_last_digits_nothing_is_told(generator):
    x, _ = labelled(generator, 6)
    x[:, 0] += x[:, 0].sign()
    module = nn.Linear(6, 2)
    with torch.no_grad():
        module.weight.zero_()
        module.weight[:, 0] = torch.tensor([-100.0, 100.0])
    assert rise(module, cross_entropy, x, (x[:, 0] > 0).long()) == 1.0


def test_of_a_module_that_cannot_be_all_zero_nothing_is_told(generator):
    class Divided(nn.Linear):
        def forward(self, x):
            if not self.weight.any():
                raise RuntimeError("no weight")
            return super().forward(x)

    assert rise(Divided(6, 3), cross_entropy, *labelled(generator, 6)) == 1.0


def test_the_module_itself_is_called_and_left_alone(generator):
    module = cnn(norm=True).eval()
    module[1].running_mean += 1
    state = {name: part.clone() for name, part in module.state_dict().items()}
    pure, held = proof(module, generator, 1, 8, 8)
    assert held.fault(Looped(pure, cross_entropy)) == ""
    module[1].running_mean += 1
    _, other = proof(module, generator, 1, 8, 8)
    assert other.fault(Looped(pure, cross_entropy)).startswith("it gives the value")
    module[1].running_mean -= 1
    assert all(torch.allclose(part, state[name]) for name, part in module.state_dict().items())


def test_vectors_are_near_the_module_and_drawn_where_it_is_not_finite():
    module = nn.Linear(3, 2)
    points = near(Pure(module), 2, torch.device("cpu"))
    own = torch.cat([part.detach().flatten() for part in module.parameters()]).double()
    assert torch.equal(points[0], own)
    assert 0 < float((points[1] - own).norm()) < 0.5 * float(own.norm()) + 0.2
    nn.init.constant_(module.bias, torch.nan)
    assert near(Pure(module), 2, torch.device("cpu")).isfinite().all()
