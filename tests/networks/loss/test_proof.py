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
