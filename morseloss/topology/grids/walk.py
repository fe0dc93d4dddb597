"""The loops over the cells of a grid, compiled by numba; imported only where a grid is walked.

The one idea: a grid is never made into a graph. One scan finds the minima and the passes, which are
the cells whose lower neighbours fall into pieces; from each piece a walk leads down to a minimum.
Ties are decided by the order (value, flat index). nan is lower than nothing, so what is not there
is never a neighbour. Coverage cannot see into machine code.
"""

import numpy as np
from numba import njit, uint64

__all__ = ["find_basins", "find_critical", "find_edges"]

# the lowest bit of a word times this holds its place in the upper 6 bits (de Bruijn)
DE_BRUIJN = uint64(0x03F79D71B4CB0A89)
PLACES = np.zeros(64, np.int64)
for _place in range(64):
    PLACES[((1 << _place) * 0x03F79D71B4CB0A89 & (2**64 - 1)) >> 58] = _place


@njit(cache=True, nogil=True)
def _lowest_bit(word):  # pragma: no cover
    return PLACES[np.int64(((word & (~word + uint64(1))) * DE_BRUIJN) >> uint64(58))]


@njit(cache=True, nogil=True)
def _around(lattice, v, place, cells):  # pragma: no cover
    """Write the flat indices of the neighbours of `v` into `cells`, -1 where there is none."""
    rest = v
    inside = True
    for axis in range(len(place)):
        place[axis] = rest // lattice.strides[axis]
        rest -= place[axis] * lattice.strides[axis]
        inside &= 0 < place[axis] < lattice.shape[axis] - 1
    for k in range(len(cells)):
        if inside:
            cells[k] = v + lattice.offsets[k]
        else:
            cells[k] = _stepped(lattice, place, k)


@njit(cache=True, nogil=True)
def _stepped(lattice, place, k):  # pragma: no cover
    """Return the flat index one step away from a place, -1 beyond the rim."""
    u = 0
    for axis in range(len(place)):
        at = place[axis] + lattice.steps[k, axis]
        if at < 0 or at >= lattice.shape[axis]:
            if not lattice.wraps[axis]:
                return -1
            at -= lattice.shape[axis] * (1 if at > 0 else -1)
        u += at * lattice.strides[axis]
    return u


@njit(cache=True, nogil=True)
def _below(values, v, cells):  # pragma: no cover
    """Return the bits of the neighbours that are lower than `v`, in two words."""
    low = uint64(0)
    high = uint64(0)
    for k in range(len(cells)):
        u = cells[k]
        if u >= 0 and (values[u] < values[v] or (values[u] == values[v] and u < v)):
            if k < 64:
                low |= uint64(1) << uint64(k)
            else:
                high |= uint64(1) << uint64(k - 64)
    return low, high


@njit(cache=True, nogil=True)
def _pieces(lattice, low, high, first):  # pragma: no cover
    """Count the pieces into which lower neighbours fall; `first` gets one neighbour of each."""
    rest_low = low & lattice.joined[0]
    rest_high = high & lattice.joined[1]
    count = 0
    while rest_low | rest_high:
        now_low = rest_low & (~rest_low + uint64(1))
        now_high = uint64(0) if rest_low else rest_high & (~rest_high + uint64(1))
        piece_low = now_low
        piece_high = now_high
        first[count] = _lowest_bit(now_low) if rest_low else 64 + _lowest_bit(now_high)
        count += 1
        while now_low | now_high:
            if now_low:
                k = _lowest_bit(now_low)
                now_low &= now_low - uint64(1)
            else:
                k = 64 + _lowest_bit(now_high)
                now_high &= now_high - uint64(1)
            new_low = lattice.touching[k, 0] & low & ~piece_low
            new_high = lattice.touching[k, 1] & high & ~piece_high
            piece_low |= new_low
            piece_high |= new_high
            now_low |= new_low
            now_high |= new_high
        rest_low &= ~piece_low
        rest_high &= ~piece_high
    return count


@njit(cache=True, nogil=True)
def _mark_vertices(above, row, under, marks):  # pragma: no cover
    """Mark what is not regular in a row of a plane of vertices: pieces, less what joins them."""
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
        marks[j] = np.uint8(n + w + e + s - nw - ne - sw - se > 1) | np.uint8((n | w | e | s) == 0)


@njit(cache=True, nogil=True)
def _mark_pixels(above, row, under, marks):  # pragma: no cover
    """Mark what is not regular in a row of pixels: the same, with what is higher for lower."""
    for j in range(1, len(row) - 1):
        x = row[j]
        n = np.uint8(not above[j] <= x)
        w = np.uint8(not row[j - 1] <= x)
        e = np.uint8(not row[j + 1] < x)
        s = np.uint8(not under[j] < x)
        a = np.uint8(not above[j - 1] <= x)
        b = np.uint8(not above[j + 1] <= x)
        c = np.uint8(not under[j - 1] < x)
        d = np.uint8(not under[j + 1] < x)
        joins = (n & w & a) + (n & e & b) + (s & w & c) + (s & e & d)
        lone = n & w & e & s & a & b & c & d
        marks[j] = np.uint8(n + w + e + s - joins > 1) | lone


@njit(cache=True, nogil=True)
def _mark(values, lattice, base, marks):  # pragma: no cover
    """Mark the cells of a row that may be critical: few in a plane, all elsewhere."""
    marks[:] = 1
    width = len(marks)
    row = base // width
    if len(lattice.shape) == 2 and 0 < row < lattice.shape[0] - 1:
        above = values[base - width : base]
        middle = values[base : base + width]
        under = values[base + width : base + 2 * width]
        if lattice.pixels:
            _mark_pixels(above, middle, under, marks)
        else:
            _mark_vertices(above, middle, under, marks)


@njit(cache=True, nogil=True)
def find_critical(values, lattice, minima, passes):  # pragma: no cover
    """Write the flat indices of minima and passes, in order.

    Returns how many there are of each, and how many edges the passes have at most.
    """
    width = lattice.shape[-1]
    marks = np.ones(width, np.uint8)
    place = np.empty(len(lattice.shape), np.int64)
    cells = np.empty(len(lattice.offsets), np.int64)
    first = np.empty(len(lattice.offsets), np.int64)
    valleys = 0
    saddles = 0
    edges = 0
    last_low = last_high = uint64(0)
    pieces = 0
    for base in range(0, len(values), width):
        _mark(values, lattice, base, marks)
        for j in range(width):
            v = base + j
            if marks[j] and values[v] < np.inf:
                _around(lattice, v, place, cells)
                low, high = _below(values, v, cells)
                if low != last_low or high != last_high:
                    pieces = _pieces(lattice, low, high, first)
                    last_low, last_high = low, high
                if pieces == 0:
                    minima[valleys] = v
                    valleys += 1
                elif pieces > 1:
                    passes[saddles] = v
                    saddles += 1
                    edges += pieces - 1
    return valleys, saddles, edges


@njit(cache=True, nogil=True)
def _descend(values, lattice, labels, start, place, cells):  # pragma: no cover
    """Return the row of the minimum to which steepest descent leads; its way keeps the label.

    A label is the row plus 1; 0 where nobody has been, and below that the next cell of this walk.
    """
    near = len(cells)
    if not lattice.pixels:
        near = 2 * len(place)
    v = start
    while labels[v] == 0:
        _around(lattice, v, place, cells)
        down = v
        for k in range(near):
            u = cells[k]
            if u >= 0 and (values[u] < values[down] or (values[u] == values[down] and u < down)):
                down = u
        labels[v] = -down - 1
        v = down
    label = labels[v]
    v = start
    while labels[v] < 0:
        down = -labels[v] - 1
        labels[v] = label
        v = down
    return label - 1


@njit(cache=True, nogil=True)
def find_edges(values, lattice, passes, labels, edges, peaks):  # pragma: no cover
    """Write the two minima of each edge, and the pass over which it leads; return how many.

    A pass between three and more basins has an edge from the first to each other.
    """
    place = np.empty(len(lattice.shape), np.int64)
    cells = np.empty(len(lattice.offsets), np.int64)
    around = np.empty(len(lattice.offsets), np.int64)
    first = np.empty(len(lattice.offsets), np.int64)
    count = 0
    for i in range(len(passes)):
        v = passes[i]
        _around(lattice, v, place, around)
        low, high = _below(values, v, around)
        pieces = _pieces(lattice, low, high, first)
        a = _descend(values, lattice, labels, around[first[0]], place, cells)
        for piece in range(1, pieces):
            b = _descend(values, lattice, labels, around[first[piece]], place, cells)
            if a != b:
                edges[count, 0] = a
                edges[count, 1] = b
                peaks[count] = v
                count += 1
    return count


@njit(cache=True, nogil=True)
def find_basins(values, lattice, labels, rows, basins):  # pragma: no cover
    """Write into `basins` the entry of `rows` for the minimum below each cell that is there."""
    place = np.empty(len(lattice.shape), np.int64)
    cells = np.empty(len(lattice.offsets), np.int64)
    for v in range(len(values)):
        if values[v] < np.inf:
            basins[v] = rows[_descend(values, lattice, labels, v, place, cells)]
