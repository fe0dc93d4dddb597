"""Passes of small smooth networks, certified: from tops of paths to saddles, and down again."""
