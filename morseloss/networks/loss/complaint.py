"""`complaint`: what a module or a loss of the caller's said when it failed, in one line.

The one idea: torch's words may fill a page; a sentence of them, with their kind, is enough to be
quoted in ours.
"""

__all__ = ["complaint"]

LETTERS = 200


def complaint(error: BaseException) -> str:
    """Return kind and first words of an error."""
    words = " ".join(str(error).split())
    if len(words) > LETTERS:
        words = words[:LETTERS].rsplit(" ", 1)[0] + " ..."
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
