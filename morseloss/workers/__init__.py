"""Pieces of work that are done elsewhere: by processes of this machine, or by those of a cluster.

The one idea: any `concurrent.futures.Executor` will do. A piece is a pure function of what all
share and of itself, so where it was done, and in which order, changes nothing.
"""

from morseloss.workers.crew import Workers, WorkersError, hired
from morseloss.workers.line import Progress, done
from morseloss.workers.processes import processes

__all__ = ["Progress", "Workers", "WorkersError", "done", "hired", "processes"]
