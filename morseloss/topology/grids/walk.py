"""The loops over the cells of a grid, compiled by numba; imported only where a grid is walked.

The one idea: a grid is never made into a graph. One scan finds the minima and the passes, which are
the cells whose lower neighbours fall into pieces; from each piece a walk leads down to a minimum.
Ties are decided by the order (value, flat index). nan is lower than nothing, so what is not there
is never a neighbour. Coverage cannot see into machine code.
"""

import numpy as np
from numba import njit, uint64

__all__ = ["find_basins", "find_critical", "find_edges"]

compiled = njit(cache=True, nogil=True)
inlined = njit(cache=True, nogil=True, forceinline=True)  # the innermost: 5 % on noise

SLOT_BITS = 12
SLOTS = 1 << SLOT_BITS
MOST_PIECES = 16  # the corners of a cube in four axes
# the lowest bit of a word times this number holds its place in the upper 6 bits (de Bruijn)
DE_BRUIJN = 0x03F79D71B4CB0A89
PLACES = np.argsort([(DE_BRUIJN << place) % 2**64 >> 58 for place in range(64)])


@inlined
def _lowest_bit(word):  # pragma: no cover
    return PLACES[np.int64(((word & (~word + uint64(1))) * uint64(DE_BRUIJN)) >> uint64(58))]


@inlined
def _inside(frame, v):  # pragma: no cover
    """Tell whether a cell is away from the rim, so that it has all its neighbours."""
    for axis in range(frame.shape[1]):
        at = v // frame[1, axis]
        v -= at * frame[1, axis]
        if at == 0 or at == frame[0, axis] - 1:
            return False
    return True


@compiled
def _stepped(frame, step, v):  # pragma: no cover
    """Return the flat index one step away from a cell, -1 beyond the rim."""
    u = 0
    for axis in range(len(step)):
        at = v // frame[1, axis]
        v -= at * frame[1, axis]
        at += step[axis]
        if at < 0 or at >= frame[0, axis]:
            if not frame[2, axis]:
                return -1
            at += frame[0, axis] if at < 0 else -frame[0, axis]
        u += at * frame[1, axis]
    return u


@inlined
def _below(values, frame, steps, offsets, v):  # pragma: no cover
    """Return the bits of the neighbours that are lower than a cell, in two words."""
    low = uint64(0)
    high = uint64(0)
    x = values[v]
    if _inside(frame, v):
        for k in range(min(len(offsets), 64)):
            y = values[v + offsets[k]]
            low |= uint64((y < x) | ((y == x) & (offsets[k] < 0))) << uint64(k)
        for k in range(64, len(offsets)):
            y = values[v + offsets[k]]
            high |= uint64((y < x) | ((y == x) & (offsets[k] < 0))) << uint64(k - 64)
        return low, high
    for k in range(len(offsets)):
        u = _stepped(frame, steps[k], v)
        if u >= 0 and (values[u] < x or (values[u] == x and u < v)):
            if k < 64:
                low |= uint64(1) << uint64(k)
            else:
                high |= uint64(1) << uint64(k - 64)
    return low, high


@inlined
def _lowest_around(values, frame, steps, offsets, v):  # pragma: no cover
    """Return the lowest of some neighbours of a cell, the earliest among equals."""
    best = np.inf
    down = v
    if _inside(frame, v):
        for k in range(len(offsets)):  # from the earliest on
            if values[v + offsets[k]] < best:
                best = values[v + offsets[k]]
                down = v + offsets[k]
        return down
    for k in range(len(offsets)):
        u = _stepped(frame, steps[k], v)
        if u >= 0 and (values[u] < best or (values[u] == best and u < down)):
            best = values[u]
            down = u
    return down


@compiled
def _count_pieces(touching, near, low, high, firsts):  # pragma: no cover
    """Count the pieces into which lower neighbours fall; `firsts` gets one neighbour of each.

    A piece counts if one of the first `near` neighbours is in it: those are joined to the cell.
    """
    rest_low = low if near >= 64 else low & ((uint64(1) << uint64(near)) - uint64(1))
    rest_high = high
    count = 0
    while rest_low | rest_high:
        now_low = rest_low & (~rest_low + uint64(1))
        now_high = uint64(0) if rest_low else rest_high & (~rest_high + uint64(1))
        piece_low = now_low
        piece_high = now_high
        firsts[count] = _lowest_bit(now_low) if rest_low else 64 + _lowest_bit(now_high)
        count += 1
        while now_low | now_high:
            if now_low:
                k = _lowest_bit(now_low)
                now_low &= now_low - uint64(1)
            else:
                k = 64 + _lowest_bit(now_high)
                now_high &= now_high - uint64(1)
            new_low = touching[k, 0] & low & ~piece_low
            new_high = touching[k, 1] & high & ~piece_high
            piece_low |= new_low
            piece_high |= new_high
            now_low |= new_low
            now_high |= new_high
        rest_low &= ~piece_low
        rest_high &= ~piece_high
    return count


@inlined
def _pieces(touching, near, memory, low, high):  # pragma: no cover
    """Return the row of `memory` that holds the pieces of a set of lower neighbours.

    A row holds the two words of the set, the count of its pieces and a neighbour of each.
    """
    mixed = (low ^ (high * uint64(0xBF58476D1CE4E5B9))) * uint64(0x9E3779B97F4A7C15)
    row = np.int64(mixed >> uint64(64 - SLOT_BITS))
    known = (uint64(memory[row, 0]) == low) & (uint64(memory[row, 1]) == high)
    if not known or memory[row, 2] < 0:
        memory[row, 0] = np.int64(low)
        memory[row, 1] = np.int64(high)
        memory[row, 2] = _count_pieces(touching, near, low, high, memory[row, 3:])
    return row


@compiled
def _mark_vertices(above, row, under, marks):  # pragma: no cover
    """Mark a row of a plane of vertices: lower neighbours, less what joins two of them."""
    for j in range(1, len(row) - 1):
        x = row[j]
        n = np.uint8(above[j] <= x)
        w = np.uint8(row[j - 1] <= x)
        e = np.uint8(row[j + 1] < x)
        s = np.uint8(under[j] < x)
        nw = n & w & np.uint8(above[j - 1] <= x)
        ne = n & e & np.uint8(above[j + 1] <= x)
        sw = s & w & np.uint8(under[j - 1] < x)
        se = s & e & np.uint8(under[j + 1] < x)
        pieces = n + w + e + s - nw - ne - sw - se
        none = np.uint8((n | w | e | s) == 0)
        marks[j] = (pieces * np.uint8(pieces > 1) + none) * np.uint8(x < np.inf)


@compiled
def _mark_pixels(above, row, under, marks):  # pragma: no cover
    """Mark a row of pixels: the same formula, with what is higher in place of what is lower."""
    for j in range(1, len(row) - 1):
        x = row[j]
        n = np.uint8(not above[j] <= x)
        w = np.uint8(not row[j - 1] <= x)
        e = np.uint8(not row[j + 1] < x)
        s = np.uint8(not under[j] < x)
        nw = n & w & np.uint8(not above[j - 1] <= x)
        ne = n & e & np.uint8(not above[j + 1] <= x)
        sw = s & w & np.uint8(not under[j - 1] < x)
        se = s & e & np.uint8(not under[j + 1] < x)
        pieces = n + w + e + s - nw - ne - sw - se
        none = nw & ne & sw & se
        marks[j] = (pieces * np.uint8(pieces > 1) + none) * np.uint8(x < np.inf)


@compiled
def _mark_plane(values, base, pixels, marks):  # pragma: no cover
    """Mark the cells between the ends of a row that has neighbours on both sides."""
    width = len(marks)
    above = values[base - width : base]
    row = values[base : base + width]
    under = values[base + width : base + 2 * width]
    if pixels:
        _mark_pixels(above, row, under, marks)
    else:
        _mark_vertices(above, row, under, marks)


@compiled
def _below_row(values, base, offsets, low, high):  # pragma: no cover
    """Write what `_below` returns for the cells between the ends of a row away from the rim."""
    width = len(low)
    row = values[base : base + width]
    low[:] = 0
    high[:] = 0
    for k in range(len(offsets)):
        words = low if k < 64 else high
        bit = uint64(1) << uint64(k & 63)
        first = base + 1 + offsets[k]
        others = values[first : first + width - 2]
        if offsets[k] < 0:
            for j in range(1, width - 1):
                words[j] |= bit if others[j - 1] <= row[j] else uint64(0)
        else:
            for j in range(1, width - 1):
                words[j] |= bit if others[j - 1] < row[j] else uint64(0)


@compiled
def _mark_rim(values, lattice, memory, base, marks, step):  # pragma: no cover
    """Mark cells of a row one by one, where some lack a neighbour."""
    frame, steps, offsets, touching, near, _ = lattice
    for j in range(0, len(marks), step):
        marks[j] = 0
        if values[base + j] < np.inf:
            low, high = _below(values, frame, steps, offsets, base + j)
            pieces = memory[_pieces(touching, near, memory, low, high), 2]
            marks[j] = 1 if pieces == 0 else pieces if pieces > 1 else 0


@compiled
def _mark_space(values, lattice, memory, base, marks, words):  # pragma: no cover
    """Mark the cells between the ends of a row away from the rim, in any number of axes."""
    _, _, offsets, touching, near, _ = lattice
    low, high = words
    _below_row(values, base, offsets, low, high)
    pieces = 0
    for j in range(1, len(marks) - 1):
        if j == 1 or low[j] != low[j - 1] or high[j] != high[j - 1]:
            pieces = memory[_pieces(touching, near, memory, low[j], high[j]), 2]
        marks[j] = 1 if pieces == 0 else pieces if pieces > 1 else 0
        if not values[base + j] < np.inf:
            marks[j] = 0


@compiled
def find_critical(values, lattice, minima, passes):  # pragma: no cover
    """Write the flat indices of minima and passes, in order.

    Returns how many there are of each, and how many edges the passes have at most.
    """
    axes = lattice.frame.shape[1]
    width = lattice.frame[0, axes - 1]
    memory = np.full((SLOTS, 3 + MOST_PIECES), -1)
    words = np.empty((2, width), np.uint64)
    marks = np.empty(width, np.uint8)  # minima 1, passes the count of their pieces, others 0
    valleys = 0
    saddles = 0
    edges = 0
    for base in range(0, len(values), width):
        step = 1
        if width > 2 and _inside(lattice.frame, base + 1):
            step = width - 1  # the two ends are left
            if axes == 2:
                _mark_plane(values, base, lattice.pixels, marks)
            else:
                _mark_space(values, lattice, memory, base, marks, words)
        _mark_rim(values, lattice, memory, base, marks, step)
        if marks.any():
            for j in range(width):
                minima[valleys] = base + j
                valleys += marks[j] == 1
                passes[saddles] = base + j
                saddles += marks[j] > 1
                edges += max(marks[j], 1) - 1
    return valleys, saddles, edges


@inlined
def _descend(values, frame, steps, offsets, labels, start):  # pragma: no cover
    """Return the row of the minimum to which steepest descent leads; its way keeps the label.

    A label is the row plus 1; 0 where nobody has been, and below that the next cell of this walk.
    """
    v = start
    while labels[v] == 0:
        down = _lowest_around(values, frame, steps, offsets, v)
        labels[v] = -down - 1
        v = down
    label = labels[v]
    v = start
    while labels[v] < 0:
        down = -labels[v] - 1
        labels[v] = label
        v = down
    return label - 1


@compiled
def find_edges(values, lattice, passes, labels, edges, peaks):  # pragma: no cover
    """Write the two minima of each edge, and the pass over which it leads; return how many.

    A pass between three and more basins has an edge from the first to each other.
    """
    frame, steps, offsets, touching, near, _ = lattice
    joined = offsets[:near]
    memory = np.full((SLOTS, 3 + MOST_PIECES), -1)
    count = 0
    for v in passes:
        low, high = _below(values, frame, steps, offsets, v)
        row = _pieces(touching, near, memory, low, high)
        inside = _inside(frame, v)
        a = -1
        for piece in range(memory[row, 2]):
            k = memory[row, 3 + piece]
            u = v + offsets[k] if inside else _stepped(frame, steps[k], v)
            b = _descend(values, frame, steps, joined, labels, u)
            if a < 0:
                a = b
            elif a != b:
                edges[count, 0] = a
                edges[count, 1] = b
                peaks[count] = v
                count += 1
    return count


@compiled
def find_basins(values, lattice, labels, rows, basins):  # pragma: no cover
    """Write into `basins` the entry of `rows` for the minimum below each cell that is there."""
    frame, steps, offsets, _, near, _ = lattice
    joined = offsets[:near]
    for v in range(len(values)):
        if values[v] < np.inf:
            basins[v] = rows[_descend(values, frame, steps, joined, labels, v)]
