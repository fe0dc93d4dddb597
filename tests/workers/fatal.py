"""Landscapes that cannot be worked on elsewhere: one kills who does, one cannot be sent."""

import os
import signal

import morseloss as ml


class Fatal(ml.Polynomial):
    """Kills every other process than the one that made it."""

    def __init__(self, terms):
        super().__init__(terms)
        self.home = os.getpid()

    def jet(self, points):
        if os.getpid() != self.home:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().jet(points)


class Unsent(ml.Polynomial):
    """Holds what does not pickle."""

    def __init__(self, terms):
        super().__init__(terms)
        self.told = lambda: self
