"""The architectures whose symmetries are read off, with the freedom that each is known to have.

The one idea: the freedom is stated here, from the papers and by hand; more than that would be
wrong, and less a miss.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from validation.symmetries.architectures import attention, others
from validation.symmetries.architectures.convolutional import (
    Basic,
    Bottleneck,
    ConvNeXt,
    DenseNet,
    Fire,
    Inception,
    Inverted,
    Padded,
    PreActivation,
    ResNet,
    Shuffle,
    UNet,
    batch_normalised,
    cnn,
    head,
    layer,
    lenet,
    mobilenet,
    norm,
    unit,
    vgg,
)

__all__ = ["CASES", "Case"]


@dataclass(frozen=True)
class Case:
    """An architecture.

    Attributes
    ----------
    make : callable
        Gives the module.
    inputs : str
        Of which kind: "images", "words", "vectors", "sequences", "points".
    why : str
        The freedom in words.
    freedom : dict of str to int
        In the words of `validation.symmetries.freedom`.
    """

    make: Callable[[], nn.Module]
    inputs: str
    why: str
    freedom: dict[str, int]


def examples(kind: str, count: int, generator: torch.Generator) -> Tensor:
    """Return some inputs of a kind."""
    if kind == "words":
        return torch.randint(0, 7, (count, 6), generator=generator)
    shapes = {"images": (3, 8, 8), "vectors": (6,), "sequences": (5, 3), "points": (2,)}
    return torch.randn(count, *shapes[kind], generator=generator, dtype=torch.float64)


CONVOLUTIONAL = {
    "CNN": Case(
        cnn, "images", "channels and neurons; scales through ReLU",
        {"exchange 4": 1, "exchange 5": 1, "exchange 6": 1, "scale 4": 1, "scale 5": 1,
         "scale 6": 1},
    ),
    "CNN, batch normalised": Case(
        batch_normalised, "images", "channels; gains scale; kernels flip with their gains",
        {"exchange 4": 1, "exchange 6": 1, "scale 4": 1, "scale 6": 1, "flip 4": 1, "flip 6": 1},
    ),
    "LeNet": Case(
        lenet, "images", "channels and neurons, with signs through tanh",
        {f"{kind} {n}": 1 for kind in ("exchange", "flip") for n in (4, 5, 6, 7)},
    ),
    "VGG": Case(
        vgg, "images", "channels of each layer; scales and signs at the normalisations",
        {"exchange 4": 2, "exchange 6": 2, "exchange 8": 1, "scale 4": 2, "scale 6": 2,
         "scale 8": 1, "flip 4": 2, "flip 6": 2},
    ),
    "ResNet": Case(
        lambda: ResNet(unit(3, 4), Basic(4, 4), Basic(4, 6, 2), last=head(6)), "images",
        "channels tied along the stream of a stage, inner ones free; a sign for each kernel",
        {"exchange 4": 2, "exchange 6": 2, "scale 4": 2, "scale 6": 2, "flip 4": 3, "flip 6": 3},
    ),
    "ResNet, padded": Case(
        lambda: ResNet(unit(3, 4), Basic(4, 4), Padded(4, 8), last=head(8)), "images",
        "the stream goes on among more channels: 2 + 4 + 2 of them",
        {"exchange 4": 2, "exchange 2": 2, "exchange 8": 1, "scale 4": 2, "scale 2": 2,
         "scale 8": 1, "flip 4": 4, "flip 2": 2, "flip 8": 1},
    ),
    "ResNet, bottlenecks": Case(
        lambda: ResNet(unit(3, 4), Bottleneck(4, 8, 3), Bottleneck(8, 8, 3), last=head(8)),
        "images", "the stream tied, two inner layers a block free",
        {"exchange 4": 1, "exchange 3": 4, "exchange 8": 1, "scale 4": 1, "scale 3": 4,
         "scale 8": 1, "flip 4": 1, "flip 3": 4, "flip 8": 3},
    ),
    "ResNet, activation first": Case(
        lambda: ResNet(layer(3, 4), PreActivation(4, 4), PreActivation(4, 6, 2),
                       last=nn.Sequential(norm(6), nn.ReLU(), head(6))),
        "images", "the stream tied, with one sign for all of it; each gain scales",
        {"exchange 4": 2, "exchange 6": 2, "scale 4": 3, "scale 6": 2, "flip 4": 2, "flip 6": 2},
    ),
    "WideResNet": Case(
        lambda: ResNet(layer(3, 2), PreActivation(2, 8), PreActivation(8, 8),
                       last=nn.Sequential(norm(8), nn.ReLU(), head(8))),
        "images", "as activation first; the first stream is read once",
        {"exchange 2": 1, "exchange 8": 3, "scale 2": 1, "scale 8": 4, "flip 2": 1, "flip 8": 3},
    ),
    "ResNeXt": Case(
        lambda: ResNet(unit(3, 4), Bottleneck(4, 8, 6, groups=2), last=head(8)), "images",
        "groups of channels, and channels within each of them",
        {"exchange 4": 1, "exchange 2": 1, "exchange 3": 4, "exchange 8": 1, "scale 4": 1,
         "scale 3": 4, "scale 8": 1, "flip 4": 1, "flip 3": 4, "flip 8": 2},
    ),
    "DenseNet": Case(
        DenseNet, "images", "what each layer adds, wherever it is read; each gain scales",
        {"exchange 3": 3, "exchange 4": 1, "exchange 5": 1, "exchange 6": 3, "scale 3": 4,
         "scale 4": 3, "scale 5": 2, "scale 6": 3, "flip 3": 3, "flip 4": 1, "flip 5": 1,
         "flip 6": 3},
    ),
    "MobileNet": Case(
        mobilenet, "images", "channels, tied through depthwise layers",
        {"exchange 4": 1, "exchange 6": 1, "exchange 8": 1, "scale 4": 2, "scale 6": 2,
         "scale 8": 1, "flip 4": 2, "flip 6": 2, "flip 8": 1},
    ),
    "MobileNetV2": Case(
        lambda: nn.Sequential(unit(3, 4), Inverted(4, 5, 8), Inverted(5, 5, 10), head(5)),
        "images", "wide channels a block, and the linear stream with scales; none through ReLU6",
        {"exchange 4": 1, "exchange 8": 1, "exchange 5": 1, "exchange 10": 1, "scale 4": 1,
         "scale 5": 1, "flip 4": 1, "flip 8": 2, "flip 5": 3, "flip 10": 2},
    ),
    "ShuffleNet": Case(
        lambda: nn.Sequential(unit(3, 8), Shuffle(8, 8), head(8)), "images",
        "groups, and channels within all of them alike, which is less than there is",
        {"exchange 2": 2, "exchange 4": 1, "scale 2": 7, "scale 4": 1, "flip 2": 11, "flip 4": 2},
    ),
    "SqueezeNet": Case(
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), Fire(4, 3, 4), Fire(8, 3, 5),
                              nn.Conv2d(10, 3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        "images", "narrow channels, and the wide ones of either kernel",
        {"exchange 4": 3, "exchange 3": 2, "exchange 5": 2, "scale 4": 3, "scale 3": 2,
         "scale 5": 2},
    ),
    "GoogLeNet": Case(
        lambda: nn.Sequential(unit(3, 4), Inception(4), head(14)), "images",
        "channels of each way",
        {f"{kind} {n}": times for kind in ("exchange", "scale", "flip")
         for n, times in {2: 2, 3: 2, 4: 2, 5: 1}.items()},
    ),
    "EfficientNet": Case(
        lambda: nn.Sequential(unit(3, 4), Inverted(4, 4, 8, 2), Inverted(4, 5, 8, 2), head(5)),
        "images", "wide channels tied to their weights, those of the squeeze, the linear stream",
        {"exchange 4": 1, "exchange 8": 2, "exchange 2": 2, "exchange 5": 1, "scale 4": 1,
         "scale 5": 1, "flip 4": 2, "flip 8": 4, "flip 5": 2},
    ),
    "ConvNeXt": Case(
        ConvNeXt, "images", "the stream, exchanged only since it is depthwise; wide neurons",
        {"exchange 6": 1, "exchange 12": 2, "scale 6": 5, "flip 6": 5},
    ),
    "U-Net": Case(
        UNet, "images", "channels, also where they are read again; any matrix after a linear step",
        {"exchange 4": 4, "exchange 6": 4, "exchange 8": 2, "scale 4": 4, "scale 6": 4,
         "scale 8": 2, "mix 4": 1, "mix 6": 1},
    ),
}  # fmt: skip
HEADS = {"exchange 2": 2, "mix 4": 8, "exchange 12": 2}
"""Two blocks of two heads of four, QK and OV of each, and 12 neurons."""
ATTENTION = {
    "MLP-Mixer": Case(
        attention.Mixer, "images", "neurons of both kinds; the stream, exchanged only",
        {"exchange 6": 1, "exchange 5": 2, "exchange 7": 2, "scale 6": 3, "flip 6": 3},
    ),
    "ViT": Case(
        attention.ViT, "images",
        "heads, QK and OV of each, neurons; the stream rotates, gains scale",
        {**HEADS, "rotate 8, ones kept": 1, "scale 8": 5},
    ),
    "Swin": Case(
        attention.SwinBlock, "images",
        "as ViT, also through shifted windows and merged patches",
        {**HEADS, "exchange 12": 0, "exchange 10": 2, "exchange 6": 1, "scale 6": 1,
         "rotate 8, ones kept": 1, "scale 8": 8},
    ),
    "GPT-2, tied": Case(
        lambda: attention.GPT(tied=True), "words",
        "heads, QK and OV, neurons; the stream cannot rotate, gains scale",
        {**HEADS, "exchange 8": 1, "scale 8": 4, "flip 8": 4},
    ),
    "GPT-2, untied": Case(
        lambda: attention.GPT(tied=False), "words",
        "heads, QK and OV, neurons; the stream rotates, gains scale",
        {**HEADS, "rotate 8, ones kept": 1, "scale 8": 5},
    ),
    "LLaMA": Case(
        attention.LLaMA, "words",
        "shared heads and queries of each, OV, rotary pairs scaled, gated neurons; rotations",
        {"exchange 2": 6, "mix 4": 4, "scale 2": 4, "flip 2": 4, "exchange 12": 2, "scale 12": 2,
         "flip 12": 2, "rotate 16": 1, "scale 16": 5},
    ),
    "BERT": Case(
        attention.BERT, "words", "heads, QK and OV, neurons; the stream, exchanged only",
        {**HEADS, "exchange 8": 1, "scale 8": 1, "flip 8": 1},
    ),
    "BERT, normalised first": Case(
        lambda: attention.BERT(first=True), "words",
        "heads, QK and OV, neurons; the stream rotates, gains scale",
        {**HEADS, "rotate 8, ones kept": 1, "scale 8": 4},
    ),
    "nn.MultiheadAttention": Case(
        attention.Attended, "sequences", "heads, QK and OV of each, both linear layers around",
        {"exchange 2": 1, "mix 4": 4, "mix 8": 2},
    ),
    "nn.TransformerDecoderLayer": Case(
        attention.Crossed, "sequences",
        "heads, QK and OV, neurons; both streams, exchanged alike, which is less than there is",
        {"exchange 2": 2, "mix 4": 8, "exchange 12": 1, "exchange 8": 1, "flip 8": 1,
         "scale 8": 1},
    ),
    "multi-query attention": Case(
        attention.MultiQuery, "sequences",
        "heads, one QK and one OV for all of them; the stream rotates, gains scale",
        {"exchange 4": 1, "mix 4": 2, "rotate 16, ones kept": 1, "scale 16": 1},
    ),
}  # fmt: skip
OTHERS = {
    "MLP": Case(
        others.dense, "vectors", "neurons; scales through ReLU",
        {"exchange 5": 1, "exchange 4": 1, "scale 5": 1, "scale 4": 1},
    ),
    "deep linear": Case(
        others.linear, "vectors", "any matrix between layers", {"mix 5": 1, "mix 4": 2},
    ),
    "autoencoder": Case(
        others.autoencoder, "vectors", "neurons; any matrix on the linear code",
        {"exchange 5": 2, "scale 5": 2, "mix 2": 1},
    ),
    "LSTM": Case(
        lambda: others.Recurrent(nn.LSTM), "sequences", "hidden units of each layer, with signs",
        {"exchange 4": 2, "flip 4": 2},
    ),
    "GRU": Case(
        lambda: others.Recurrent(nn.GRU), "sequences", "hidden units of each layer, with signs",
        {"exchange 4": 2, "flip 4": 2},
    ),
    "RNN": Case(
        lambda: others.Recurrent(nn.RNN), "sequences", "hidden units of each layer, with signs",
        {"exchange 4": 2, "flip 4": 2},
    ),
    "seq2seq": Case(
        others.Seq2Seq, "words", "hidden units tied through the state; any matrix on embeddings",
        {"exchange 6": 1, "flip 6": 1, "mix 5": 1, "mix 4": 1},
    ),
    "DeepSets": Case(
        others.DeepSets, "sequences", "neurons; any matrix on the sum",
        {"exchange 5": 1, "exchange 6": 1, "scale 5": 1, "scale 6": 1, "mix 4": 1},
    ),
    "graph convolution": Case(
        others.GraphNetwork, "sequences", "channels; scales through ReLU",
        {"exchange 5": 1, "exchange 4": 1, "scale 5": 1, "scale 4": 1},
    ),
    "Highway": Case(
        others.Highway, "vectors", "the stream, tied through all layers and gates",
        {"exchange 5": 1, "scale 5": 1},
    ),
    "SIREN": Case(
        others.Siren, "points", "neurons, with signs through sines",
        {"exchange 5": 2, "flip 5": 2},
    ),
    "mixture of experts": Case(
        others.Experts, "vectors", "experts, and neurons within each of them",
        {"exchange 3": 1, "exchange 5": 3, "scale 5": 3},
    ),
    "neural ODE": Case(
        others.Shared, "vectors", "neurons with signs; any matrix on the state, shared by steps",
        {"exchange 7": 1, "flip 7": 1, "mix 5": 1},
    ),
}  # fmt: skip
CASES = {**CONVOLUTIONAL, **ATTENTION, **OTHERS}
