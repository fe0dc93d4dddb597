"""How the loops of this wing are run: each is written once, as a plain function over arrays.

Small inputs run it as it stands, on lists, and never wait for a compiler; large ones run the same
function compiled by numba, which is imported only then.
"""

from functools import cache

__all__ = ["SMALL", "compiled", "run", "run_compiled"]

# entries in all arrays together: some hundredths of a second interpreted, a tenth of loading numba
SMALL = 100_000


def run(kernel, *arrays):
    """Call a kernel on arrays: compiled when they are large, on lists when they are small.

    The lists are copies, so the kernel has to return what it computes.
    """
    if sum(array.size for array in arrays) > SMALL:
        return run_compiled(kernel, *arrays)
    return kernel(*(array.tolist() for array in arrays))


def run_compiled(kernel, *arrays):
    """Call a kernel compiled, whatever the size: amid a large computation."""
    return compiled(kernel)(*arrays)


@cache
def compiled(kernel):
    """Compile a kernel with numba, once; the machine code is kept on disk for later sessions."""
    from numba import njit

    return njit(cache=True, nogil=True)(kernel)
