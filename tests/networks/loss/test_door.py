"""What stands at the door is what the module itself computes, or a sentence."""

import copy
import math
import types
import warnings

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from morseloss.networks import Dense, Looped, Mapped, NetworkLandscape
from tests.networks.models import (
    Last,
    Masked,
    Skip,
    cnn,
    cross_entropy,
    labelled,
    mlp,
    own,
    vectors,
)  # fmt: skip


def chain(first=None, act=None):
    return nn.Sequential(first or nn.Linear(6, 5), act or nn.Tanh(), nn.Linear(5, 3))


def with_hook(place, kind, hook):
    module = chain()
    getattr(module[place] if place is not None else module, f"register_{kind}")(hook)
    return module


class Lora(nn.Linear):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.a = nn.Parameter(torch.randn(2, inputs))
        self.b = nn.Parameter(torch.randn(outputs, 2))

    def forward(self, x):
        return super().forward(x) + x @ self.a.T @ self.b.T


class Shifted(nn.ReLU):
    def forward(self, x):
        return super().forward(x) - 0.5


class Positive(nn.Module):
    def forward(self, weight):
        return nn.functional.softplus(weight)


def bound():
    module = chain()
    module.forward = types.MethodType(lambda self, x: 3 * nn.Sequential.forward(self, x), module)
    return module


def positive():
    layer = nn.Linear(6, 5)
    parametrize.register_parametrization(layer, "weight", Positive())
    return chain(layer)


MODULES = {
    "masked": lambda: chain(Masked(6, 5)),
    "lora": lambda: chain(Lora(6, 5)),
    "own activation": lambda: chain(act=Shifted()),
    "forward hook": lambda: with_hook(1, "forward_hook", lambda m, x, y: 2 * y),
    "hook on the container": lambda: with_hook(None, "forward_hook", lambda m, x, y: 2 * y),
    "pre-hook": lambda: with_hook(0, "forward_pre_hook", lambda m, x: (3 * x[0],)),
    "backward hook": lambda: with_hook(0, "full_backward_hook", lambda m, x, y: (x[0],)),
    "backward pre-hook": lambda: with_hook(1, "full_backward_pre_hook", lambda m, y: (2 * y[0],)),
    "forward of one object": bound,
    "weight norm": lambda: chain(parametrizations.weight_norm(nn.Linear(6, 5))),
    "orthogonal": lambda: chain(parametrizations.orthogonal(nn.Linear(6, 5))),
    "positive weights": positive,
    "pruned": lambda: chain(prune.l1_unstructured(nn.Linear(6, 5), "weight", amount=0.5)),
    "bare": lambda: nn.Linear(6, 3),
    "bare without bias": lambda: nn.Linear(6, 3, bias=False),
    "in place first": lambda: nn.Sequential(nn.ReLU(inplace=True), nn.Linear(6, 3)),
    "chain": chain,
}  # fmt: skip


@pytest.mark.filterwarnings(
    "ignore:.*one after the other", "ignore:Full backward hook", "ignore:.*not that of its loss"
)
@pytest.mark.parametrize("name", MODULES)
def test_value_and_gradient_are_those_of_the_module(name, generator):
    module = MODULES[name]()
    x, y = labelled(generator, 6)
    images = x.clone()
    before = [part.detach().clone() for part in (*module.parameters(), *module.buffers())]
    land = NetworkLandscape(module, cross_entropy, x, y)
    assert (type(land.engine) is Dense) == (name in ("bare", "bare without bias", "chain"))
    points = vectors(land, generator)
    values, gradients = land.value_and_gradient(points)
    assert torch.equal(x, images)
    for row, point in enumerate(points):
        value, gradient = own(module, cross_entropy, point, land.pure.layout.names, images, y)
        torch.testing.assert_close(values[row], value, rtol=1e-12, atol=0)
        torch.testing.assert_close(gradients[row], gradient, rtol=1e-12, atol=1e-14)
    after = [*module.parameters(), *module.buffers()]
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert all(type(part) is nn.Parameter for part in land.pure.module.parameters())


@pytest.mark.parametrize("shape", [(1, 6), (4, 6), (2, 3, 6)])
def test_images_of_more_axes_go_through_linear_layers_token_by_token(shape, generator):
    x = torch.randn(20, *shape, generator=generator, dtype=torch.float64)
    y = torch.randn(20, *shape[:-1], 3, generator=generator, dtype=torch.float64)
    land = NetworkLandscape(chain(), nn.functional.mse_loss, x, y)
    assert type(land.engine) is Mapped
    point = vectors(land, generator, n=1)
    wanted, _ = own(chain(), nn.functional.mse_loss, point[0], land.pure.layout.names, x, y)
    torch.testing.assert_close(land.value(point)[0], wanted, rtol=1e-12, atol=0)


def test_hooks_and_forwards_that_name_another_object_are_refused(generator):
    x, y = labelled(generator, 6)
    module = chain()
    module[1].register_forward_hook(lambda m, i, o: o * module[0].weight.sum())
    with pytest.raises(ValueError, match="trainable tensors that are not among its parameters"):
        NetworkLandscape(module, cross_entropy, x, y)
    frozen = chain()
    frozen[1].register_forward_hook(lambda m, i, o: o * frozen[0].weight.detach().sum())
    with pytest.raises(ValueError, match="is computed by no engine as the module itself"):
        NetworkLandscape(frozen, cross_entropy, x, y)

    class Listed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers, self.last = [nn.Linear(6, 6)], nn.Linear(6, 3)

        def forward(self, x):
            return self.last(self.layers[0].double()(x) if x.dtype == torch.float64 else x)

    with pytest.raises(ValueError, match=r"`nn.ModuleList` for a list of layers"):
        NetworkLandscape(Listed(), cross_entropy, x, y)


class Checked(nn.Module):
    """Looks at its numbers."""

    def __init__(self):
        super().__init__()
        self.last, self.seen = nn.Linear(6, 3), None

    def forward(self, x):
        out = self.last(x)
        self.seen = out
        if out.isnan().any():
            raise RuntimeError("nan")
        return out


class Filled(nn.Module):
    """Writes into a tensor that it makes."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(6, 2), nn.Linear(6, 1)

    def forward(self, x):
        out = torch.zeros(len(x), 3, dtype=x.dtype)
        out[:, :2], out[:, 2:] = self.one(x), self.two(x)
        return out


@pytest.mark.parametrize("make", [Checked, Filled, Last, lambda: Last(nn.GRU)])
def test_what_cannot_be_mapped_is_computed_one_after_the_other(make, generator):
    module, shape = make(), (6,) if make in (Checked, Filled) else (4, 3)
    x, y = labelled(generator, *shape)
    with pytest.warns(UserWarning, match=r"one after the other, since they cannot .*`Mapped`: "):
        land = NetworkLandscape(module, cross_entropy, x, y)
    assert type(land.engine) is Looped
    points = vectors(land, generator, n=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values, gradients = land.value_and_gradient(points)
    value, gradient = own(module, cross_entropy, points[1], land.pure.layout.names, x, y)
    torch.testing.assert_close(values[1], value, rtol=1e-12, atol=0)
    torch.testing.assert_close(gradients[1], gradient, rtol=1e-12, atol=1e-15)
    left = [t for part in land.pure.module.modules() for t in vars(part).values()]
    left += list(land.pure.module.parameters())
    batched = torch._C._functorch.is_batchedtensor
    assert not any(batched(t) for t in left if isinstance(t, torch.Tensor))
    copy.deepcopy(land.pure.module)


def test_a_layer_at_two_places_is_mapped_and_left_whole(generator):
    part = nn.Linear(6, 6)
    module = nn.Sequential(part, nn.Tanh(), part, nn.Tanh(), nn.Linear(6, 3))
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, 6))
    points = vectors(land, generator)
    land.gradient(points)
    assert type(land.engine) is Mapped and land.dim == 42 + 21
    assert all(type(part) is nn.Parameter for part in land.pure.module.parameters())


def test_the_engine_can_be_chosen_and_is_held_against_the_module(generator):
    x, y = labelled(generator, 6)
    for kind in (Dense, Mapped, Looped):
        assert type(NetworkLandscape(mlp(), cross_entropy, x, y, engine=kind).engine) is kind
    with pytest.raises(ValueError, match=r"`Dense` computes .nested. `nn.Sequential`"):
        NetworkLandscape(Skip(), cross_entropy, x, y, engine=Dense)
    with pytest.raises(ValueError, match=r"computed by no engine .*`Mapped`: "):
        NetworkLandscape(Checked(), cross_entropy, x, y, engine=Mapped)
    for wrong in ("Looped", 3, lambda pure, loss: pure):
        with pytest.raises(ValueError, match=r"`engine` must be `networks.Dense`"):
            NetworkLandscape(mlp(), cross_entropy, x, y, engine=wrong)


class Centred(nn.Module):
    """Sees images together, and is no batch normalisation."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(6, 3)

    def forward(self, x):
        return self.last(x - x.mean(0))


def test_images_that_are_seen_together_must_be_in_one_chunk(generator):
    x, y = labelled(generator, 6)
    assert NetworkLandscape(Centred(), cross_entropy, x, y).normalised_over == 40
    with pytest.raises(ValueError, match=r"cut into chunks of 20; .* pass `chunk=40`"):
        NetworkLandscape(Centred(), cross_entropy, x, y, chunk=20)
    with pytest.raises(ValueError, match="fails on another number of them"):
        module = nn.Sequential(nn.Unflatten(0, (4, 2)), nn.Flatten(0, 1), nn.Linear(6, 3))
        NetworkLandscape(module, cross_entropy, x, y)


def test_evaluation_mode_is_a_landscape_of_its_own(generator):
    x, y = labelled(generator, 1, 8, 8)
    module = cnn(norm=True)
    with torch.no_grad():
        module(x.float())
    rest = NetworkLandscape(copy.deepcopy(module).eval(), cross_entropy, x, y, chunk=10)
    assert rest.normalised_over is None
    assert repr(rest).endswith("40 images, normalised by running statistics)")
    point = vectors(rest, generator, n=1)
    names = rest.pure.layout.names
    wanted, slope = own(copy.deepcopy(module).eval(), cross_entropy, point[0], names, x, y)
    torch.testing.assert_close(rest.value(point)[0], wanted, rtol=1e-12, atol=0)
    torch.testing.assert_close(rest.gradient(point)[0], slope, rtol=1e-10, atol=1e-14)
    train = NetworkLandscape(module, cross_entropy, x, y, chunk=40)
    assert abs(float(train.value(point) - rest.value(point))) > 1e-3
    dropping = nn.Sequential(nn.Linear(6, 5), nn.Dropout(0.5), nn.Linear(5, 3))
    images = labelled(generator, 6)
    with pytest.raises(ValueError, match="is random"):
        NetworkLandscape(dropping, cross_entropy, *images)
    assert "dropout off" in repr(NetworkLandscape(dropping.eval(), cross_entropy, *images))


def test_precision_of_constants_is_told(generator):
    class Zeros(Skip):
        def forward(self, x):
            return self.second(torch.zeros(len(x), 6) + self.first(x).float())

    class Rounded(Skip):
        def forward(self, x):
            return super().forward(x).float()

    x, y = labelled(generator, 6)
    with pytest.raises(ValueError, match="works in single precision alone"):
        NetworkLandscape(Zeros(), cross_entropy, x, y)
    with pytest.raises(ValueError, match=r"give torch.float32 for parameters and images in double"):
        NetworkLandscape(Rounded(), cross_entropy, x, y)


def test_a_conversion_on_the_way_is_told(generator):
    class Halved(Skip):
        def forward(self, x):
            return self.second(torch.tanh(self.first(x).float()).to(x.dtype))

    x, y = labelled(generator, 6)
    with pytest.warns(UserWarning, match="Halved computes in float32 at places"):
        land = NetworkLandscape(Halved(), cross_entropy, x, y)
    assert land.value(vectors(land, generator)).dtype == torch.float64


class Flattened(nn.Module):
    """One row a word, not a text."""

    def __init__(self):
        super().__init__()
        self.table, self.last = nn.Embedding(7, 4), nn.Linear(4, 7)

    def forward(self, x):
        return self.last(self.table(x)).flatten(0, 1)


def words(outputs, targets):
    return cross_entropy(outputs, targets.flatten())


def test_outputs_of_other_rows_are_judged_by_calls_of_the_module(generator):
    x = torch.randint(0, 7, (500, 5), generator=generator)
    y = x.roll(1, 1)
    land = NetworkLandscape(Flattened(), words, x, y, chunk=90)
    points = vectors(land, generator, n=2)
    wanted, _ = own(Flattened(), words, points[1], land.pure.layout.names, x, y)
    torch.testing.assert_close(land.value(points)[1], wanted, rtol=1e-12, atol=0)
    y[333, 2] = -100
    with pytest.raises(ValueError, match="on parts of them: let the loss be the mean"):
        NetworkLandscape(Flattened(), words, x, y)


class Normal(nn.Module):
    """Gives a distribution."""

    def __init__(self):
        super().__init__()
        self.mean = nn.Linear(6, 1)

    def forward(self, x):
        mean = self.mean(x)
        return torch.distributions.Normal(mean, torch.ones_like(mean), validate_args=False)


def test_outputs_may_be_distributions(generator):
    x, y = torch.randn(40, 6, generator=generator), torch.randn(40, 1, generator=generator)
    land = NetworkLandscape(Normal(), lambda o, t: -o.log_prob(t).mean(), x, y)
    point = vectors(land, generator, n=1)
    mean = x.double() @ point[0, :6] + point[0, 6]
    wanted = ((y.double()[:, 0] - mean) ** 2 / 2).mean() + math.log(2 * math.pi) / 2
    torch.testing.assert_close(land.value(point)[0], wanted, rtol=1e-12, atol=0)


def test_a_frozen_constant_keeps_its_digits(generator):
    module = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)).double()
    with torch.no_grad():
        module[0].weight += 1e-9
    module[0].requires_grad_(False)
    x, y = labelled(generator, 6)
    land = NetworkLandscape(module, cross_entropy, x, y)
    wanted = cross_entropy(module(x), y)
    torch.testing.assert_close(land.value(land.vectors([module]))[0], wanted, rtol=1e-14, atol=0)


def test_a_module_that_gives_no_gradient_or_no_number_is_refused(generator):
    class Cut(Skip):
        def forward(self, x):
            return super().forward(x).detach()

    class Infinite(Skip):
        def forward(self, x):
            return super().forward(x) / 0

    x, y = labelled(generator, 6)
    with pytest.raises(ValueError, match="has no gradient in its parameters"):
        NetworkLandscape(Cut(), cross_entropy, x, y)
    with pytest.raises(ValueError, match="although images and parameters are finite"):
        NetworkLandscape(Infinite(), cross_entropy, x, y)


class Detached(nn.Module):
    """Its gradient is not that of its outputs."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 3)

    def forward(self, x):
        hidden = self.layer(x)
        return hidden / (1 + hidden.detach().abs())


def test_a_gradient_that_is_not_that_of_the_loss_is_told(generator):
    inputs, targets = labelled(generator, 6)
    told = "is not that of its loss, which rises .* times as fast"
    with pytest.warns(UserWarning, match=told):
        NetworkLandscape(Detached(), cross_entropy, inputs, targets)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for module in (mlp(nn.ReLU), cnn(norm=True)):
            shape = (6,) if isinstance(module[0], nn.Flatten) else (1, 8, 8)
            NetworkLandscape(module, cross_entropy, *labelled(generator, *shape))
