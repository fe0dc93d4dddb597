"""`Attempts`: steps of which one may fail, each failure and each warning kept as a sentence.

The one idea: what one step cannot do is news, not an end; the steps after it go on with what there
is.
"""

import warnings
from collections.abc import Callable
from typing import TypeVar

from torch.linalg import LinAlgError  # pyright: ignore[reportAttributeAccessIssue]

from morseloss.status import SearchError

__all__ = ["Attempts"]

Found = TypeVar("Found")


class Attempts:
    """Steps tried one after the other.

    Attributes
    ----------
    sentences : list of str
        What failed or was warned of so far, each once.

    Examples
    --------
    >>> attempts = Attempts()
    >>> attempts.of("no number", int, lambda: int("seven")) is None, len(attempts.sentences)
    (True, 1)
    """

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def note(self, sentence: str) -> None:
        """Keep a sentence, once."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)

    def of(self, lost: str, kind: type[Found], step: Callable[[], Found]) -> Found | None:
        """Return what a step finds, or what its error holds of this kind, or None.

        Parameters
        ----------
        lost : str
            What there is not if the step fails: the beginning of the sentence.
        kind : type
            Of what is found.
        step : callable
            Without arguments.
        """
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            try:
                found = step()
            except (SearchError, LinAlgError, ValueError) as error:
                self.note(f"{lost}: {error}")
                part = getattr(error, "found", None)
                found = part if isinstance(part, kind) else None
        for warning in seen:
            if issubclass(warning.category, UserWarning):
                self.note(str(warning.message))
            else:
                warnings.warn_explicit(
                    warning.message, warning.category, warning.filename, warning.lineno
                )
        return found
