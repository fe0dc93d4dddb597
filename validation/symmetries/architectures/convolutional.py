"""Convolutional networks in small, each written from its published description.

Images of 3 by 8 by 8, 3 classes. Batch normalisation takes its statistics from the images.
"""

import torch
from torch import Tensor, nn

__all__ = [
    "Basic", "Bottleneck", "ConvNeXt", "DenseNet", "Fire", "Inception", "Inverted", "Padded",
    "PreActivation", "ResNet", "Shuffle", "UNet", "batch_normalised", "cnn", "head", "layer",
    "lenet", "mobilenet", "norm", "unit", "vgg",
]  # fmt: skip


def norm(channels: int) -> nn.BatchNorm2d:
    """Return batch normalisation without running statistics."""
    return nn.BatchNorm2d(channels, track_running_stats=False)


def layer(given: int, made: int, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """Return a convolution without bias that keeps the size of an image."""
    return nn.Conv2d(given, made, kernel, stride, kernel // 2, groups=groups, bias=False)


def unit(given: int, made: int, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Module:
    """Return a convolution, batch normalisation and ReLU."""
    return nn.Sequential(layer(given, made, kernel, stride, groups), norm(made), nn.ReLU())


def head(channels: int) -> nn.Module:
    """Return the mean over pixels and a classifier."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 3))


def cnn() -> nn.Module:
    """Return two convolutions and two dense layers."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(20, 6), nn.ReLU(), nn.Linear(6, 3),
    )  # fmt: skip


def batch_normalised() -> nn.Module:
    """Return a chain of convolutions with batch normalisation."""
    return nn.Sequential(unit(3, 4), unit(4, 6, stride=2), head(6))


def lenet() -> nn.Module:
    """Return LeNet-5's order of layers, with its tanh (LeCun et al. 1998)."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(4, 5, 3), nn.Tanh(),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 6), nn.Tanh(),
        nn.Linear(6, 3),
    )  # fmt: skip


def vgg() -> nn.Module:
    """Return stages of 3 by 3 convolutions, each with a pooling (Simonyan, Zisserman 2015)."""
    return nn.Sequential(
        unit(3, 4), unit(4, 4), nn.MaxPool2d(2), unit(4, 6), unit(6, 6), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(24, 8), nn.ReLU(), nn.Linear(8, 3),
    )  # fmt: skip


class Basic(nn.Module):
    """Two convolutions beside a skip (He et al. 2016a)."""

    def __init__(self, given: int, made: int, stride: int = 1, inner: int = 0, groups: int = 1):
        super().__init__()
        inner = inner or made
        self.first = unit(given, inner, stride=stride, groups=groups)
        self.second = nn.Sequential(layer(inner, made), norm(made))
        same = given == made and stride == 1
        self.skip = nn.Sequential() if same else nn.Sequential(
            layer(given, made, 1, stride), norm(made)
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives."""
        return torch.relu(self.second(self.first(x)) + self.skip(x))


class Padded(nn.Module):
    """Two convolutions beside every other pixel, channels filled up with zeros (option A)."""

    def __init__(self, given: int, made: int):
        super().__init__()
        self.first = unit(given, made, stride=2)
        self.second = nn.Sequential(layer(made, made), norm(made))
        self.more = (made - given) // 2

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives."""
        beside = nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more, self.more))
        return torch.relu(self.second(self.first(x)) + beside)


class Bottleneck(nn.Module):
    """Narrow, wide and narrow convolutions beside a skip (He et al. 2016a).

    In groups: that of ResNeXt (Xie et al. 2017).
    """

    def __init__(self, given: int, made: int, inner: int, stride: int = 1, groups: int = 1):
        super().__init__()
        self.body = nn.Sequential(
            unit(given, inner, 1), unit(inner, inner, 3, stride, groups), layer(inner, made, 1),
            norm(made),
        )  # fmt: skip
        same = given == made and stride == 1
        self.skip = nn.Sequential() if same else nn.Sequential(
            layer(given, made, 1, stride), norm(made)
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives."""
        return torch.relu(self.body(x) + self.skip(x))


class PreActivation(nn.Module):
    """Normalisation and ReLU before each convolution (He et al. 2016b; wide: Zagoruyko 2016)."""

    def __init__(self, given: int, made: int, stride: int = 1):
        super().__init__()
        self.norms = nn.ModuleList([norm(given), norm(made)])
        self.layers = nn.ModuleList([layer(given, made, 3, stride), layer(made, made)])
        same = given == made and stride == 1
        self.skip = None if same else layer(given, made, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives."""
        y = torch.relu(self.norms[0](x))
        beside = x if self.skip is None else self.skip(y)
        return beside + self.layers[1](torch.relu(self.norms[1](self.layers[0](y))))


class ResNet(nn.Sequential):
    """A first convolution, blocks, and a head."""

    def __init__(self, first: nn.Module, *blocks: nn.Module, last: nn.Module):
        super().__init__(first, *blocks, last)


class DenseLayer(nn.Module):
    """A layer whose channels are put beside what came in (Huang et al. 2017)."""

    def __init__(self, given: int, growth: int):
        super().__init__()
        self.body = nn.Sequential(
            norm(given), nn.ReLU(), layer(given, 2 * growth, 1), norm(2 * growth), nn.ReLU(),
            layer(2 * growth, growth),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return what came in, and what was made of it."""
        return torch.cat([x, self.body(x)], 1)


class DenseNet(nn.Sequential):
    """Two dense blocks and a transition."""

    def __init__(self):
        super().__init__(
            layer(3, 4), DenseLayer(4, 3), DenseLayer(7, 3), norm(10), nn.ReLU(), layer(10, 5, 1),
            nn.AvgPool2d(2), DenseLayer(5, 3), norm(8), nn.ReLU(), head(8),
        )  # fmt: skip


def mobilenet() -> nn.Module:
    """Return depthwise and pointwise convolutions in turn (Howard et al. 2017)."""
    return nn.Sequential(
        unit(3, 4), unit(4, 4, groups=4), unit(4, 6, 1), unit(6, 6, 3, 2, groups=6), unit(6, 8, 1),
        head(8),
    )  # fmt: skip


class SqueezeExcite(nn.Module):
    """Channels weighted by what is in the image (Hu et al. 2018)."""

    def __init__(self, channels: int, inner: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, inner, 1), nn.SiLU(),
            nn.Conv2d(inner, channels, 1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted channels."""
        return x * self.body(x)


class Inverted(nn.Module):
    """A wide depthwise convolution between narrow ones, linear at the end.

    MobileNetV2 (Sandler et al. 2018); with squeeze-excite and SiLU EfficientNet (Tan, Le 2019).
    """

    def __init__(self, given: int, made: int, inner: int, excite: int = 0):
        super().__init__()
        act, same = (nn.SiLU if excite else nn.ReLU6), given == made
        self.same = same
        self.body = nn.Sequential(
            layer(given, inner, 1), norm(inner), act(), layer(inner, inner, groups=inner),
            norm(inner), act(), *([SqueezeExcite(inner, excite)] if excite else []),
            layer(inner, made, 1), norm(made),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives, beside the skip if it has one."""
        return x + self.body(x) if self.same else self.body(x)


class Shuffle(nn.Module):
    """Convolutions in two groups with a shuffle between them (Zhang et al. 2018)."""

    def __init__(self, channels: int, inner: int, groups: int = 2):
        super().__init__()
        self.groups = groups
        self.first = unit(channels, inner, 1, groups=groups)
        self.depth = nn.Sequential(layer(inner, inner, groups=inner), norm(inner))
        self.last = nn.Sequential(layer(inner, channels, 1, groups=groups), norm(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives beside the skip."""
        y = self.first(x)
        rows, channels, *pixels = y.shape
        y = y.view(rows, self.groups, channels // self.groups, *pixels).transpose(1, 2)
        return torch.relu(x + self.last(self.depth(y.reshape(rows, channels, *pixels))))


class Fire(nn.Module):
    """A narrow convolution read by two of other kernels, put side by side (Iandola et al. 2016)."""

    def __init__(self, given: int, narrow: int, made: int):
        super().__init__()
        self.narrow = nn.Conv2d(given, narrow, 1)
        self.wide = nn.ModuleList([nn.Conv2d(narrow, made, 1), nn.Conv2d(narrow, made, 3, 1, 1)])

    def forward(self, x: Tensor) -> Tensor:
        """Return the channels of both."""
        x = torch.relu(self.narrow(x))
        return torch.cat([torch.relu(wide(x)) for wide in self.wide], 1)


class Inception(nn.Module):
    """Four ways side by side (Szegedy et al. 2015)."""

    def __init__(self, given: int):
        super().__init__()
        self.ways = nn.ModuleList(
            [
                unit(given, 3, 1), nn.Sequential(unit(given, 2, 1), unit(2, 4)),
                nn.Sequential(unit(given, 3, 1), unit(3, 5, 5)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), unit(given, 2, 1)),
            ]
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return the channels of all ways."""
        return torch.cat([way(x) for way in self.ways], 1)


class ConvNeXtBlock(nn.Module):
    """A depthwise convolution, normalisation over channels, two dense layers (Liu et al. 2022)."""

    def __init__(self, channels: int, inner: int):
        super().__init__()
        self.depth = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.norm, self.wide = nn.LayerNorm(channels), nn.Linear(channels, inner)
        self.narrow = nn.Linear(inner, channels)
        self.gain = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return what the block gives beside the skip."""
        y = self.norm(self.depth(x).permute(0, 2, 3, 1))
        y = self.gain * self.narrow(nn.functional.gelu(self.wide(y)))
        return x + y.permute(0, 3, 1, 2)


class ConvNeXt(nn.Module):
    """Two blocks on patches."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 2, 2)
        self.blocks = nn.Sequential(ConvNeXtBlock(6, 12), ConvNeXtBlock(6, 12))
        self.norm, self.last = nn.LayerNorm(6), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        return self.last(self.norm(self.blocks(self.stem(x)).mean((2, 3))))


class UNet(nn.Module):
    """Down and up again, with what was there on the way put beside (Ronneberger et al. 2015)."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([self.twice(3, 4), self.twice(4, 6)])
        self.bottom = self.twice(6, 8)
        self.up = nn.ModuleList([nn.ConvTranspose2d(8, 6, 2, 2), nn.ConvTranspose2d(6, 4, 2, 2)])
        self.sides = nn.ModuleList([self.twice(12, 6), self.twice(8, 4)])
        self.last = nn.Conv2d(4, 2, 1)

    @staticmethod
    def twice(given: int, made: int) -> nn.Module:
        """Return two convolutions with ReLU."""
        return nn.Sequential(
            nn.Conv2d(given, made, 3, padding=1), nn.ReLU(), nn.Conv2d(made, made, 3, padding=1),
            nn.ReLU(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return two channels a pixel."""
        first = self.down[0](x)
        second = self.down[1](nn.functional.max_pool2d(first, 2))
        x = self.up[0](self.bottom(nn.functional.max_pool2d(second, 2)))
        x = self.up[1](self.sides[0](torch.cat([second, x], 1)))
        return self.last(self.sides[1](torch.cat([first, x], 1)))
