"""Dense, recurrent and other networks in small, each written from its published description."""

import torch
from torch import Tensor, nn

__all__ = [
    "DeepSets", "Experts", "GraphNetwork", "Highway", "Recurrent", "Seq2Seq", "Shared", "Siren",
    "autoencoder", "dense", "linear",
]  # fmt: skip


def dense(act: type[nn.Module] = nn.ReLU) -> nn.Module:
    """Return two hidden layers."""
    return nn.Sequential(nn.Linear(6, 5), act(), nn.Linear(5, 4), act(), nn.Linear(4, 3))


def linear() -> nn.Module:
    """Return four layers with nothing between them."""
    return nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 4), nn.Linear(4, 4), nn.Linear(4, 3))


def autoencoder() -> nn.Module:
    """Return a narrow linear code between hidden layers."""
    return nn.Sequential(
        nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 2), nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 6)
    )


class Recurrent(nn.Module):
    """Two recurrent layers, of which the last state is read."""

    def __init__(self, kind: type[nn.Module]):
        super().__init__()
        self.inner = kind(3, 4, num_layers=2, batch_first=True)
        self.last = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        return self.last(self.inner(x)[0][:, -1])


class Seq2Seq(nn.Module):
    """An encoder whose state a decoder begins with (Sutskever et al. 2014)."""

    def __init__(self):
        super().__init__()
        self.words, self.others = nn.Embedding(7, 5), nn.Embedding(7, 4)
        self.encoder = nn.LSTM(5, 6, batch_first=True)
        self.decoder = nn.LSTM(4, 6, batch_first=True)
        self.last = nn.Linear(6, 7)

    def forward(self, words: Tensor) -> Tensor:
        """Return the scores of the words of the other language."""
        _, state = self.encoder(self.words(words))
        return self.last(self.decoder(self.others(words), state)[0])


class DeepSets(nn.Module):
    """A sum over the elements of a set between two networks (Zaheer et al. 2017)."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4))
        self.outer = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        return self.outer(self.inner(x).sum(1))


class GraphNetwork(nn.Module):
    """Graph convolutions on a ring (Kipf, Welling 2017)."""

    def __init__(self):
        super().__init__()
        ring = torch.eye(5) + torch.eye(5).roll(1, 0) + torch.eye(5).roll(-1, 0)
        self.register_buffer("ring", ring / 3)
        self.first, self.second, self.last = nn.Linear(3, 5), nn.Linear(5, 4), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = torch.relu(self.ring.to(x.dtype) @ self.first(x))
        x = torch.relu(self.ring.to(x.dtype) @ self.second(x))
        return self.last(x.mean(1))


class Highway(nn.Module):
    """Layers that a gate lets pass by (Srivastava et al. 2015)."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 5), nn.Linear(5, 3)
        self.layers = nn.ModuleList([nn.Linear(5, 5), nn.Linear(5, 5)])
        self.gates = nn.ModuleList([nn.Linear(5, 5), nn.Linear(5, 5)])

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.first(x)
        for layer, gate in zip(self.layers, self.gates, strict=True):
            share = torch.sigmoid(gate(x))
            x = share * torch.relu(layer(x)) + (1 - share) * x
        return self.last(x)


class Siren(nn.Module):
    """Sines for activations (Sitzmann et al. 2020)."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 5), nn.Linear(5, 5), nn.Linear(5, 3)])

    def forward(self, x: Tensor) -> Tensor:
        """Return three numbers a point."""
        first, second, last = self.layers
        return last(torch.sin(3 * second(torch.sin(3 * first(x)))))


class Experts(nn.Module):
    """Experts held in one tensor, all run and weighted by a gate (Jacobs et al. 1991)."""

    def __init__(self, experts: int = 3):
        super().__init__()
        self.gate = nn.Linear(6, experts)
        self.inner = nn.Parameter(torch.randn(experts, 6, 5))
        self.shift = nn.Parameter(torch.randn(experts, 5))
        self.outer = nn.Parameter(torch.randn(experts, 5, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        shares = self.gate(x).softmax(-1)
        y = torch.relu(torch.einsum("ni,eih->neh", x, self.inner) + self.shift)
        return torch.einsum("neh,eho,ne->no", y, self.outer, shares)


class Shared(nn.Module):
    """One layer, applied several times, as steps of a differential equation (Chen et al. 2018)."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 5), nn.Linear(5, 3)
        self.field = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 5))

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.first(x)
        for _ in range(4):
            x = x + 0.25 * self.field(x)
        return self.last(x)
