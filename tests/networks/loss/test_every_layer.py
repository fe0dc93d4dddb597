"""Every layer of torch.nn in a small network: the module's own loss and gradient, or a refusal."""

import copy
import itertools
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from morseloss.networks import NetworkLandscape
from tests.networks.models import own

IMAGES, CLASSES = 12, 3
VECTOR, SIGNAL, IMAGE, VOLUME = (6,), (4, 8), (4, 8, 8), (4, 6, 6, 6)


class Around(nn.Module):
    """A layer between a scale of the inputs and a linear layer, both trained."""

    def __init__(self, layer, shape):
        super().__init__()
        self.scale, self.layer = nn.Parameter(torch.ones(shape)), layer
        self.last = nn.LazyLinear(CLASSES)

    def forward(self, x):
        x = self.layer(x * self.scale)
        return self.last((x[0] if isinstance(x, tuple) else x).flatten(1))


class Indexed(Around):
    """A layer that takes integers."""

    def forward(self, x):
        return self.last(self.layer(x).flatten(1) * self.scale)


class Pair(Around):
    """A layer of two inputs."""

    def forward(self, x):
        return self.last(self.layer(x * self.scale, x + self.scale).reshape(len(x), -1))


class Coding(Around):
    """An encoder and a decoder, or a decoder alone."""

    def forward(self, x):
        return self.last(self.layer(x * self.scale, x).flatten(1))


def elementwise():
    """Activations, on a vector each."""
    names = (
        "CELU ELU GELU GLU Hardshrink Hardsigmoid Hardswish Hardtanh Identity LeakyReLU LogSigmoid "
        "Mish PReLU ReLU ReLU6 RReLU SELU SiLU Sigmoid Softplus Softshrink Softsign Tanh Tanhshrink"
    )
    for name in names.split():
        for shape in (VECTOR, SIGNAL):
            yield name, getattr(nn, name), shape, Around
    for (
        name
    ) in "CELU ELU Hardsigmoid Hardswish Hardtanh LeakyReLU Mish ReLU ReLU6 SELU SiLU".split():
        yield f"{name} in place", partial(getattr(nn, name), inplace=True), VECTOR, Around
    for name in ("Softmax", "Softmin", "LogSoftmax"):
        for dim in (-1, 1, 0):
            yield f"{name} {dim}", partial(getattr(nn, name), dim=dim), VECTOR, Around
    yield "Softmax2d", nn.Softmax2d, IMAGE, Around
    yield "PReLU 6", partial(nn.PReLU, 6), VECTOR, Around
    yield "Threshold", partial(nn.Threshold, 0.1, 0.0), VECTOR, Around
    for name in "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout".split():
        for p in (0.0, 0.5):
            yield f"{name} {p}", partial(getattr(nn, name), p), SIGNAL, Around


def spatial():
    """Convolutions, pooling, padding, normalisation in one, two and three axes."""
    for axes, shape in ((1, SIGNAL), (2, IMAGE), (3, VOLUME)):
        for name in ("Conv", "ConvTranspose"):
            kind = getattr(nn, f"{name}{axes}d")
            yield f"{name} {axes}", partial(kind, 4, 2, 3), shape, Around
            yield (
                f"{name} {axes} groups",
                partial(kind, 4, 4, 3, groups=2, bias=False),
                shape,
                Around,
            )
            yield (
                f"Lazy{name} {axes}",
                partial(getattr(nn, f"Lazy{name}{axes}d"), 2, 3),
                shape,
                Around,
            )
        yield (
            f"Conv {axes} circular",
            partial(getattr(nn, f"Conv{axes}d"), 4, 2, 3, padding=1, padding_mode="circular"),
            shape,
            Around,
        )
        for name in ("MaxPool", "AvgPool"):
            yield f"{name} {axes}", partial(getattr(nn, f"{name}{axes}d"), 2), shape, Around
        for name in ("AdaptiveMaxPool", "AdaptiveAvgPool"):
            yield f"{name} {axes}", partial(getattr(nn, f"{name}{axes}d"), 2), shape, Around
        yield f"LPPool {axes}", partial(getattr(nn, f"LPPool{axes}d"), 2, 2), shape, Around
        for name in ("ZeroPad", "ReflectionPad", "ReplicationPad", "CircularPad"):
            yield f"{name} {axes}", partial(getattr(nn, f"{name}{axes}d"), 1), shape, Around
        yield (
            f"ConstantPad {axes}",
            partial(getattr(nn, f"ConstantPad{axes}d"), 1, 0.5),
            shape,
            Around,
        )
        for options in ({}, {"affine": False}, {"track_running_stats": False}):
            told = f"{axes} {options}"
            yield (
                f"BatchNorm {told}",
                partial(getattr(nn, f"BatchNorm{axes}d"), 4, **options),
                shape,
                Around,
            )
        for options in ({}, {"affine": True}, {"track_running_stats": True}):
            told = f"{axes} {options}"
            kind = getattr(nn, f"InstanceNorm{axes}d")
            yield f"InstanceNorm {told}", partial(kind, 4, **options), shape, Around
        yield f"LazyBatchNorm {axes}", getattr(nn, f"LazyBatchNorm{axes}d"), shape, Around
        yield f"LazyInstanceNorm {axes}", getattr(nn, f"LazyInstanceNorm{axes}d"), shape, Around
        yield f"SyncBatchNorm {axes}", partial(nn.SyncBatchNorm, 4), shape, Around
        yield f"GroupNorm {axes}", partial(nn.GroupNorm, 2, 4), shape, Around
        yield f"MaxUnpool {axes}", partial(Unpooled, axes), shape, Around
    yield "FractionalMaxPool 2", partial(nn.FractionalMaxPool2d, 2, output_size=4), IMAGE, Around
    yield "FractionalMaxPool 3", partial(nn.FractionalMaxPool3d, 2, output_size=3), VOLUME, Around
    yield "Fold", partial(nn.Fold, (3, 3), 2), (8, 4), Around
    yield "Unfold", partial(nn.Unfold, 2), IMAGE, Around
    yield "PixelShuffle", partial(nn.PixelShuffle, 2), IMAGE, Around
    yield "PixelUnshuffle", partial(nn.PixelUnshuffle, 2), IMAGE, Around
    yield "ChannelShuffle", partial(nn.ChannelShuffle, 2), IMAGE, Around
    yield "Upsample", partial(nn.Upsample, scale_factor=2), IMAGE, Around
    yield "Upsample bilinear", partial(nn.Upsample, scale_factor=2, mode="bilinear"), IMAGE, Around
    yield "UpsamplingNearest2d", partial(nn.UpsamplingNearest2d, scale_factor=2), IMAGE, Around
    yield "UpsamplingBilinear2d", partial(nn.UpsamplingBilinear2d, scale_factor=2), IMAGE, Around
    yield "LocalResponseNorm", partial(nn.LocalResponseNorm, 2), IMAGE, Around
    yield "CrossMapLRN2d", partial(nn.CrossMapLRN2d, 2), IMAGE, Around
    yield "Flatten", nn.Flatten, IMAGE, Around
    yield "Unflatten", partial(nn.Unflatten, 1, (2, 2)), IMAGE, Around


def others():
    """Linear, recurrent and attention layers, embeddings, distances."""
    quantizable = nn.modules.linear.NonDynamicallyQuantizableLinear
    yield "Linear", partial(nn.Linear, 6, 5), VECTOR, Around
    yield "Linear of tokens", partial(nn.Linear, 8, 5, bias=False), SIGNAL, Around
    yield "LazyLinear", partial(nn.LazyLinear, 5), VECTOR, Around
    yield "NonDynamicallyQuantizableLinear", partial(quantizable, 6, 5), VECTOR, Around
    yield "Bilinear", partial(nn.Bilinear, 6, 6, 4), VECTOR, Pair
    for name in ("CosineSimilarity", "PairwiseDistance"):
        yield name, getattr(nn, name), VECTOR, Pair
    for name in ("RNN", "LSTM", "GRU"):
        kind = partial(getattr(nn, name), 8, 3, batch_first=True)
        for options in ({}, {"bidirectional": True}, {"num_layers": 2, "dropout": 0.2}):
            yield f"{name} {options}", partial(kind, **options), SIGNAL, Around
        yield f"{name}Cell", partial(getattr(nn, f"{name}Cell"), 6, 3), VECTOR, Around
    yield "LayerNorm", partial(nn.LayerNorm, 8), SIGNAL, Around
    yield "LayerNorm bare", partial(nn.LayerNorm, 8, elementwise_affine=False), SIGNAL, Around
    yield "RMSNorm", partial(nn.RMSNorm, 8), SIGNAL, Around
    for dropout, first in itertools.product((0.0, 0.1), (False, True)):
        told = f"dropout {dropout} {first}"
        options = {"norm_first": first, "dropout": dropout, "batch_first": True}
        encoder = partial(nn.TransformerEncoderLayer, 8, 2, 5, **options)
        decoder = partial(nn.TransformerDecoderLayer, 8, 2, 5, **options)
        yield f"MultiheadAttention {told}", partial(Attention, dropout, first), SIGNAL, Around
        yield f"TransformerEncoderLayer {told}", encoder, SIGNAL, Around
        yield f"TransformerDecoderLayer {told}", decoder, SIGNAL, Coding
        for name, part, kind in (("Encoder", encoder, Around), ("Decoder", decoder, Coding)):
            stack = partial(stacked, getattr(nn, f"Transformer{name}"), part)
            yield f"Transformer{name} {told}", stack, SIGNAL, kind
        yield (
            f"Transformer {told}",
            partial(nn.Transformer, 8, 2, 1, 1, 5, **options),
            SIGNAL,
            Coding,
        )
    for options in ({}, {"padding_idx": 0}, {"max_norm": 1.0}, {"sparse": True},
                    {"scale_grad_by_freq": True}):  # fmt: skip
        yield f"Embedding {options}", partial(nn.Embedding, 7, 3, **options), (45,), Indexed
    for options in ({}, {"mode": "sum"}, {"mode": "max"}, {"sparse": True}, {"max_norm": 1.0}):
        yield f"EmbeddingBag {options}", partial(nn.EmbeddingBag, 7, 3, **options), (3,), Indexed
    yield "Sequential twice", twice, VECTOR, Around
    yield "ModuleList", lambda: Listed(nn.ModuleList([nn.Linear(6, 6), nn.ReLU()])), VECTOR, Around
    yield "ModuleDict", lambda: Listed(nn.ModuleDict({"a": nn.Linear(6, 6)})), VECTOR, Around
    yield "ParameterList", lambda: Weighted(nn.ParameterList([torch.ones(6)])), VECTOR, Around
    yield "ParameterDict", lambda: Weighted(nn.ParameterDict({"a": torch.ones(6)})), VECTOR, Around
    for name in ("weight_norm", "spectral_norm", "orthogonal"):
        change = getattr(nn.utils.parametrizations, name)
        yield f"parametrised {name}", partial(changed, change), VECTOR, Around
    for name in ("weight_norm", "spectral_norm"):
        yield f"old {name}", partial(changed, getattr(nn.utils, name)), VECTOR, Around
    yield (
        "pruned",
        partial(changed, partial(prune.l1_unstructured, name="weight", amount=0.5)),
        VECTOR,
        Around,
    )


def stacked(kind, layer):
    """Two layers of a transformer."""
    return kind(layer(), 2)


def changed(change, width=6):
    """A linear layer whose weight is computed."""
    return change(nn.Linear(width, width))


def twice():
    """One layer at two places."""
    part = nn.Linear(6, 6)
    return nn.Sequential(part, nn.Tanh(), part)


class Unpooled(nn.Module):
    """Maximal values put back to their places."""

    def __init__(self, axes):
        super().__init__()
        self.pool = getattr(nn, f"MaxPool{axes}d")(2, return_indices=True)
        self.back = getattr(nn, f"MaxUnpool{axes}d")(2)

    def forward(self, x):
        return self.back(*self.pool(x))


class Attention(nn.MultiheadAttention):
    """Attention to itself."""

    def __init__(self, dropout, weights):
        super().__init__(8, 2, dropout=dropout, batch_first=True)
        self.weights = weights

    def forward(self, x):
        return super().forward(x, x, x, need_weights=self.weights)


class Listed(nn.Module):
    """Layers in a container without a forward."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for layer in (
            self.layers.values() if isinstance(self.layers, nn.ModuleDict) else self.layers
        ):
            x = layer(x)
        return x


class Weighted(Listed):
    """Parameters in a container."""

    def forward(self, x):
        weights = self.layers
        for weight in weights.values() if isinstance(weights, nn.ParameterDict) else weights:
            x = x * weight
        return x


CASES = {
    f"{name}, {shape}, {mode}": (layer, shape, kind, mode)
    for name, layer, shape, kind in [*elementwise(), *spatial(), *others()]
    for mode in ("training", "evaluation")
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore", "error:.*not that of its loss")
@pytest.mark.parametrize("name", CASES)
def test_loss_and_gradient_are_those_of_the_module(name, generator):
    layer, shape, kind, mode = CASES[name]
    torch.manual_seed(0)
    module = kind(layer(), shape).train(mode == "training")
    if kind is Indexed:
        x = torch.randint(0, 7, (IMAGES, 15), generator=generator)
    else:
        x = torch.randn(IMAGES, *shape, generator=generator, dtype=torch.float64)
    y = torch.randint(0, CLASSES, (IMAGES,), generator=generator)
    module.double()(x.clone())
    loss = nn.functional.cross_entropy
    if wanted := refusal(name):
        with pytest.raises(ValueError, match=wanted):
            NetworkLandscape(module, loss, x, y)
        return
    land = NetworkLandscape(module, loss, x, y)
    noise = torch.randn(2, land.dim, generator=generator, dtype=torch.float64)
    points = land.vectors([module]) + 0.1 * noise
    values, gradients = land.value_and_gradient(points)
    for row, point in enumerate(points):
        value, gradient = own(module, loss, point, land.pure.layout.names, x, y)
        for found in (values[row], land.value(points)[row]):
            torch.testing.assert_close(found, value, rtol=1e-12, atol=1e-14)
        close = 1e-12 * float(gradient.abs().max())
        torch.testing.assert_close(gradients[row], gradient, rtol=1e-12, atol=close)


def refusal(name):
    """The words with which a case must be refused, if it must."""
    training = name.endswith("training")
    if "Fractional" in name or (training and any(mark in name for mark in RANDOM)):
        return "is random"
    if "max_norm" in name:
        return "rescales its own weights"
    return "a call changes" if training and "spectral_norm" in name else ""


RANDOM = ("Dropout 0.5", "Dropout1d 0.5", "Dropout2d 0.5", "Dropout3d 0.5", "RReLU", "dropout 0.1")
RANDOM += ("'dropout': 0.2",)

APART = {"Container", "NLLLoss2d", "LinearCrossEntropyOptions"}  # old names, and no layers


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_no_layer_of_torch_is_left_out():
    seen = set(APART)
    for layer, *_ in CASES.values():
        seen |= {kind.__name__ for part in layer().modules() for kind in type(part).__mro__}
    assert len(CASES) >= 200
    assert not {name for name in nn.modules.__all__ if not name.endswith("Loss")} - seen


LOSSES = {
    "CrossEntropyLoss": ({}, {"label_smoothing": 0.1}, {"weight": torch.tensor([1.0, 2.0, 3.0])}),
    "NLLLoss": ({}, {"weight": torch.tensor([1.0, 2.0, 3.0])}),
    "MultiMarginLoss": ({}, {"p": 2}),
    "MSELoss": ({}, {"reduction": "sum"}, {"reduction": "none"}),
    "L1Loss": ({}, {"reduction": "sum"}),
    "SmoothL1Loss": ({}, {"beta": 0.5}),
    "HuberLoss": ({}, {"delta": 0.5}),
    "SoftMarginLoss": ({},),
    "PoissonNLLLoss": ({}, {"full": True}),
    "BCEWithLogitsLoss": ({}, {"pos_weight": torch.tensor([1.0, 2.0, 3.0])}),
    "BCELoss": ({},),
    "KLDivLoss": ({"reduction": "batchmean"}, {"reduction": "mean"}, {"reduction": "sum"}),
    "MultiLabelSoftMarginLoss": ({}, {"weight": torch.tensor([1.0, 2.0, 3.0])}),
    "MultiLabelMarginLoss": ({},),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*one after the other", "ignore:reduction. 'mean'")
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_computed_as_it_is_or_refused(name, generator):
    x = torch.randn(IMAGES, 6, generator=generator, dtype=torch.float64)
    labels = torch.arange(IMAGES) % CLASSES
    y = labels if name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss") else None
    if name == "MultiLabelMarginLoss":
        y = torch.stack([labels, -torch.ones_like(labels), labels], 1)
    if y is None:
        y = torch.rand(IMAGES, CLASSES, generator=generator, dtype=torch.float64)
    last = {"NLLLoss": nn.LogSoftmax(1), "BCELoss": nn.Sigmoid()}.get(name, nn.Identity())
    module = nn.Sequential(nn.Linear(6, CLASSES), last)
    for options in LOSSES[name]:
        loss = getattr(nn, name)(**options)
        weighted = "weight" in options and name in ("CrossEntropyLoss", "NLLLoss")
        if weighted or options.get("reduction") in ("sum", "none"):
            with pytest.raises(ValueError, match="the mean over the images"):
                NetworkLandscape(module, loss, x, y)
            continue
        land = NetworkLandscape(module, loss, x, y)
        point = torch.randn(1, land.dim, generator=generator, dtype=torch.float64)
        names = land.pure.layout.names
        value, gradient = own(module, copy.deepcopy(loss).double(), point[0], names, x, y)
        torch.testing.assert_close(land.value(point)[0], value, rtol=1e-12, atol=0)
        torch.testing.assert_close(land.gradient(point)[0], gradient, rtol=1e-12, atol=1e-15)
