"""`cnn`: the paper's convolutional networks of one, two and three layers (Tables 2 to 4).

The one idea: each layer is followed by maximum pooling, so that 4 x 4 pixels a channel are left
whatever the depth, and the last, linear layer is the same.
"""

from torch import nn

__all__ = ["CNNS", "cnn", "normalisation"]

POOLS = {1: (8,), 2: (2, 4), 3: (2, 2, 2)}
CNNS = ((1, 32), (1, 64), (1, 128), (2, 32), (2, 64), (3, 32))
"""Layers and channels of the six networks of Figure 4, from 7,562 to 117,578 weights."""


def normalisation(channels: int) -> nn.BatchNorm2d:
    """Return batch normalisation over the images given, with no running averages to keep."""
    return nn.BatchNorm2d(channels, track_running_stats=False)


def cnn(layers: int, channels: int, *, normalised: bool = False, classes: int = 10) -> nn.Module:
    """Return CNN-`layers`-`channels` for images of 32 x 32, batch-normalised or not.

    The tables have ReLU before the pooling; it comes after it here, which gives the same to the
    last bit, since the larger of two numbers stays the larger, and is up to six times as fast.

    References
    ----------
    Barannikov et al., Loss barcode, Tables 2, 3 and 4.
    """
    parts: list[nn.Module] = []
    before = 3
    for pool in POOLS[layers]:
        parts += [
            nn.Conv2d(before, channels, 5, padding=2), *[normalisation(channels)] * normalised,
            nn.MaxPool2d(pool), nn.ReLU(),
        ]  # fmt: skip
        before = channels
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(16 * channels, classes))
