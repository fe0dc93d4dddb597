"""The form of a file, by what it holds; its suffix decides only where that tells nothing.

The one idea: the first few thousand bytes say whose a file is, whatever somebody called it.
"""

from pathlib import Path

from morseloss.files.foreign import HEAD, MAGIC, rows_in, whose
from morseloss.files.reading import read_bytes

__all__ = ["form_in", "form_of"]

STARTS = {
    b"PK\x03\x04": "npz",
    b"\x93NUMPY": "npy",
    b"SQLite format 3": "sqlite",
    b"%%MatrixMarket": "mtx",
    (8067171840).to_bytes(8, "little"): "dipha",
}


def form_of(head: bytes) -> str:
    """Return the form of a file by its first bytes, "" where they tell none.

    Returns
    -------
    str
        "npz", "npy", "sqlite", "mtx", "dipha", "ripser", "json", "xml", "rows" (of numbers, with
        white space between them), "words" (rows of two words and a number) or "csv".

    Examples
    --------
    >>> form_of(b'{"minima": []}'), form_of(b"0 0.5 inf"), form_of(b"source,target,weight")
    ('json', 'rows', 'csv')
    """
    for start, form in STARTS.items():
        if head.startswith(start):
            return form
    if any(head.startswith(magic) for magic in MAGIC):
        return ""
    head = head.removeprefix(b"\xef\xbb\xbf")
    text = head.lstrip()
    if b"persistence intervals in dim" in text:
        return "ripser"
    if text[:1] in (b"{", b"["):
        return "json"
    if text[:1] == b"<":
        return "xml"
    return _table(head)


def form_in(path: Path, known: dict[str, tuple[str, ...]], what: str) -> str:
    """Return the form of a file, one of those in which something is read.

    Parameters
    ----------
    path : Path
        The file.
    known : dict
        The forms, and the suffixes that a file in each may have.
    what : str
        What is to be read, for the message.

    Raises
    ------
    ValueError
        If neither the content nor the suffix is that of a known form; the message says what the
        file seems to be.
    OSError
        If it cannot be read.
    """
    if not path.is_file():
        read_bytes(path)  # which says what it is
    with path.open("rb") as file:
        head = file.read(HEAD)
    form = form_of(head)
    if form in known:
        return form
    suffix = path.suffix.lower()
    for other, suffixes in known.items():
        if suffix in suffixes:
            return other
    suffixes = ", ".join(ending for endings in known.values() for ending in endings)
    wanted = f"a {what} ({suffixes})"
    if not head.strip():
        raise ValueError(f"{path}: expected {wanted}, got an empty file; write it again")
    if whose(head):
        raise ValueError(
            f"{path}: expected {wanted}, got another file; it seems to be {whose(head)}"
        )
    came = "bytes" if b"\x00" in head else "a text"
    raise ValueError(
        f"{path}: expected {wanted}, got {came} of no form that is known; if it is one, rename it"
    )


def _table(head: bytes) -> str:
    """Return the form of a table, by its first lines that are no comments."""
    rows = rows_in(head)
    if not rows:
        return ""
    if all(_is_number(word) for row in rows for word in row):
        return "rows"
    first = b" ".join(rows[0])
    if b"\x00" in head:
        return ""
    if any(mark in line for mark in (b",", b";", b"\t") for line in (first, head.split(b"\n")[0])):
        return "csv"
    three = all(len(row) == 3 and _is_number(row[2]) for row in rows)
    return "words" if three else ""


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
