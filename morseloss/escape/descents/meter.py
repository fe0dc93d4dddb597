"""`Meter`: one progress for batch after batch of descents.

The one idea: each batch takes at most so many steps; how many batches come is a guess that grows.
"""

from morseloss.search.iterate import Progress

__all__ = ["Meter"]


class Meter:
    """Tells the steps of all batches so far.

    Parameters
    ----------
    progress : callable or None
        Gets `(step, left, total)`.
    batches : int
        How many are expected; where more come, the total rises.
    max_steps : int
        The most that one takes.
    """

    def __init__(self, progress: Progress | None, batches: int, max_steps: int) -> None:
        self.progress, self.max_steps = progress, max_steps
        self.done, self.total = 0, max_steps * max(1, batches)

    def look(self, step: int, _: int, __: int) -> None:
        """Tell the step of the batch that runs; a `Progress` itself."""
        if self.progress is not None:
            self.total = max(self.total, self.done + self.max_steps)
            self.progress(self.done + step, self.total - self.done - step, self.total)

    def ended(self) -> None:
        """Note that a batch ended, early or not."""
        self.done += self.max_steps

    def finish(self) -> None:
        """Tell that nothing is left."""
        if self.progress is not None:
            self.progress(self.total, 0, self.total)
