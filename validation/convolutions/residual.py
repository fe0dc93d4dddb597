"""Residual networks: that of Table 5, ResNet-20/56/110 with and without skips, wide ones.

The one idea: a block adds two convolutions to what it is given, or, without its skip, only
passes them on.
"""

from torch import Tensor, nn

from validation.convolutions.cnn import normalisation

__all__ = ["resnet", "table_five", "wide_resnet"]


class Sum(nn.Module):
    """What a branch makes of its input, added to the input, or to what a shortcut makes of it."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.branch, self.shortcut = branch, shortcut or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum."""
        return self.shortcut(x) + self.branch(x)


def table_five(width: int = 16, *, last: bool = True, classes: int = 10) -> nn.Module:
    """Return the residual network of Table 5.

    Parameters
    ----------
    width : int
        Channels of the first layers, 16 in the paper.
    last : bool
        Whether the last stage has a convolution before its block. As the table has it, and with 64
        numbers for the linear layer, it has 232,138 weights; the text speaks of 195k, which is what
        it has without that convolution: 195,210.
    classes : int

    Notes
    -----
    The linear layer takes 64 numbers, so the last pooling is over all pixels that are left: 4 x 4
    of images of 32 x 32.
    """
    w = width
    parts: list[nn.Module] = [_conv(3, w), nn.ReLU(), _plain_block(w)]
    sizes = ((w, 2 * w, True), (2 * w, 4 * w, True), (4 * w, 4 * w, last))
    for before, after, widening in sizes:
        parts += [nn.MaxPool2d(2), *[_conv(before, after), nn.ReLU()] * widening]
        parts += [_plain_block(after)]
    pooling = [nn.AdaptiveMaxPool2d(1), normalisation(4 * w), nn.Flatten()]
    return nn.Sequential(*parts, *pooling, nn.Linear(4 * w, classes))


def resnet(depth: int, width: int = 16, *, skips: bool = True, classes: int = 10) -> nn.Module:
    """Return ResNet-`depth`, or ResNet-`depth`-NS without skips.

    Parameters
    ----------
    depth : int
        `6 n + 2`: 20, 56 and 110 in the paper.
    width : int
        Channels of the first stage, 16 in the paper; WideResNet-56-k is ResNet-56 of `16 k`.
    skips : bool
    classes : int

    Raises
    ------
    ValueError
        If there is no network of this depth.

    References
    ----------
    He et al., "Deep residual learning for image recognition", 2016, section 4.2. Li et al.,
    "Visualizing the loss landscape of neural nets", 2018, whose shortcuts are 1 x 1 convolutions
    where the width changes.
    """
    blocks, rest = divmod(depth - 2, 6)
    if rest or blocks < 1:
        raise ValueError(f"`depth` must be 6 n + 2 (8, 14, 20, ...), got {depth}")
    parts: list[nn.Module] = [_conv(3, width, biased=False), normalisation(width), nn.ReLU()]
    before = width
    for stage in range(3):
        after = width * 2**stage
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            parts += [_block(before, after, stride, skips=skips), nn.ReLU()]
            before = after
    return nn.Sequential(*parts, *_head(before, classes))


def wide_resnet(depth: int, factor: int, *, classes: int = 100) -> nn.Module:
    """Return WRN-`depth`-`factor`, with normalisation before each convolution.

    Parameters
    ----------
    depth : int
        `6 n + 4`: 16 in the paper.
    factor : int
        The first stage has 16 times so many channels; 10 in the paper.
    classes : int

    Raises
    ------
    ValueError
        If there is no network of this depth.

    References
    ----------
    Zagoruyko and Komodakis, "Wide residual networks", 2016, Table 1.
    """
    blocks, rest = divmod(depth - 4, 6)
    if rest or blocks < 1:
        raise ValueError(f"`depth` must be 6 n + 4 (10, 16, 22, ...), got {depth}")
    parts: list[nn.Module] = [_conv(3, 16, biased=False)]
    before = 16
    for stage in range(3):
        after = 16 * factor * 2**stage
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            parts.append(_Preactivated(before, after, stride))
            before = after
    return nn.Sequential(*parts, normalisation(before), nn.ReLU(), *_head(before, classes))


class _Preactivated(nn.Module):
    """A block that is normalised and rectified before its convolutions."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        same = stride == 1 and before == after
        self.first = nn.Sequential(normalisation(before), nn.ReLU())
        self.branch = nn.Sequential(
            _conv(before, after, stride, biased=False), normalisation(after), nn.ReLU(),
            _conv(after, after, biased=False),
        )  # fmt: skip
        self.shortcut = None if same else nn.Conv2d(before, after, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of branch and shortcut."""
        y = self.first(x)
        return self.branch(y) + (x if self.shortcut is None else self.shortcut(y))


def _conv(before: int, after: int, stride: int = 1, *, biased: bool = True) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, stride, padding=1, bias=biased)


def _plain_block(width: int) -> nn.Module:
    return Sum(nn.Sequential(_conv(width, width), nn.ReLU(), _conv(width, width)))


def _block(before: int, after: int, stride: int, *, skips: bool) -> nn.Module:
    branch = nn.Sequential(
        _conv(before, after, stride, biased=False), normalisation(after), nn.ReLU(),
        _conv(after, after, biased=False), normalisation(after),
    )  # fmt: skip
    if not skips:
        return branch
    if stride == 1 and before == after:
        return Sum(branch)
    projection = nn.Sequential(
        nn.Conv2d(before, after, 1, stride, bias=False), normalisation(after)
    )
    return Sum(branch, projection)


def _head(width: int, classes: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)]
