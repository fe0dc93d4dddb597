"""Texts to train on: Shakespeare by characters, sentences in many languages by bytes.

The one idea: a text is a row of whole numbers, and it is cut into windows: what stands in one is
the input, and the same one place further on is the target. The folder holds
`shakespeare/tinyshakespeare.txt` and `text/<language>.txt` with `text/index.json`, as they are or
packed by xz.
"""

import hashlib
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

__all__ = ["Text", "languages", "shakespeare", "windows"]

PLAYS = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
HELD_OUT = 20  # one line in so many, of the sentences
BYTES = 256


@dataclass(frozen=True, eq=False)
class Text:
    """A text in two parts.

    Attributes
    ----------
    train, held_out : Tensor, shape (tokens,), int64
    symbols : int
        How many there are: tokens are below it.
    """

    train: Int[Tensor, " tokens"]
    held_out: Int[Tensor, " others"]
    symbols: int

    def __repr__(self) -> str:
        return f"Text({len(self.train)} and {len(self.held_out)} tokens of {self.symbols} symbols)"


def shakespeare(folder: Path) -> Text:
    """Return the plays of Shakespeare by characters, 65 of them; the last tenth is held out.

    Raises
    ------
    ValueError
        If the file is not there, or is another text.
    """
    raw = _read(folder / "shakespeare" / "tinyshakespeare.txt", PLAYS)
    data = np.frombuffer(raw, np.uint8)
    known, tokens = np.unique(data, return_inverse=True)
    whole = torch.from_numpy(tokens.astype(np.int64))
    cut = len(whole) * 9 // 10
    return Text(whole[:cut], whole[cut:], len(known))


def languages(folder: Path, *, share: float = 1.0, seed: int = 0) -> Text:
    """Return sentences in all languages of `text/index.json` by the bytes of their UTF-8, mixed.

    Parameters
    ----------
    folder : Path
    share : float
        Of the lines of each language, those that come first; at least one of each part.
    seed : int
        Mixes the lines. Each ends in a line feed.

    Raises
    ------
    ValueError
        If a file is missing or damaged, all of them named, or `share` is not in (0, 1].
    """
    if not 0 < share <= 1:
        raise ValueError(f"`share` must be above 0 and at most 1, got {share}")
    place = folder / "text"
    index = _index(place / "index.json")
    train, held_out, faults = [], [], []
    for name in sorted(index):
        try:
            raw = _read(place / f"{name}.txt", index[name])
        except ValueError as error:
            faults.append(str(error))
            continue
        lines = raw.rstrip(b"\n").split(b"\n")
        held = lines[::HELD_OUT]
        rest = [line for place, line in enumerate(lines) if place % HELD_OUT]
        train += _first(rest, share)
        held_out += _first(held, share)
    if faults:
        raise ValueError(f"{len(faults)} of {len(index)} languages: {'; '.join(faults[:5])}")
    mixed = [_mixed(lines, seed) for lines in (train, held_out)]
    return Text(mixed[0], mixed[1], BYTES)


def windows(tokens: Int[Tensor, " tokens"], length: int) -> tuple[Tensor, Tensor]:
    """Return inputs and targets, shape (windows, length): one window ends where the next begins.

    Raises
    ------
    ValueError
        If the text is too short for one.
    """
    count = (len(tokens) - 1) // length
    if count < 1:
        raise ValueError(f"a window of {length} needs {length + 1} tokens, got {len(tokens)}")
    inputs, targets = (tokens[k : k + count * length].reshape(count, length) for k in (0, 1))
    return inputs, targets


def _index(file: Path) -> dict[str, str | None]:
    """Return the digest of each language's text, None where there is none."""
    try:
        found = json.loads(_read(file, None))
        return {name: parts.get("sha256_raw") for name, parts in found.items()}
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise ValueError(f"{file} is no index of languages ({error}); fetch it again") from error


def _first(lines: list[bytes], share: float) -> list[bytes]:
    return lines[: max(1, round(share * len(lines)))]


def _mixed(lines: list[bytes], seed: int) -> Tensor:
    order = np.random.default_rng(seed).permutation(len(lines))
    joined = b"".join(lines[row] + b"\n" for row in order)
    return torch.from_numpy(np.frombuffer(joined, np.uint8).astype(np.int64))


def _read(file: Path, digest: str | None) -> bytes:
    """Read a file, plain or packed, and see that it is the one that is meant."""
    packed = file.with_name(file.name + ".xz")
    there = next(_there(file, packed), None)
    if there is None:
        raise ValueError(f"{packed} is not there; name the folder of the texts by `--data`")
    try:
        raw = there.read_bytes() if there == file else lzma.decompress(there.read_bytes())
    except lzma.LZMAError as error:
        raise ValueError(f"{there} is damaged ({error}); fetch it again") from error
    if digest is not None and hashlib.sha256(raw).hexdigest() != digest:
        raise ValueError(f"{there} is damaged, or another text: its digest is not {digest[:12]}...")
    return raw


def _there(*files: Path) -> Iterator[Path]:
    return (file for file in files if file.exists())
