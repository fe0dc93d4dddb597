"""Vineyards: the bars of a family, each followed from member to member.

The one idea: a bar is followed by its two cells; where these have changed partners, so that what is
followed moves no further than it must.
"""

from morseloss.topology.vines.step import Step, match_step
from morseloss.topology.vines.table import Vineyard, follow

__all__ = ["Step", "Vineyard", "follow", "match_step"]
