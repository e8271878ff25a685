"""Solutions of positive definite equations, straight from LAPACK: for few unknowns all else costs more than they do."""

import numpy as np
from scipy.linalg.lapack import dpbsv, dposv

from rig_signal.types import Array


def solve(matrix: Array, right: Array) -> Array:
    """(n,) or (n, k) solution for a symmetric (n, n) matrix; LinAlgError where it is not positive definite."""
    return _checked(*dposv(matrix, right))


def solve_banded(bands: Array, right: Array) -> Array:
    """(n,) solution for the lower bands (k, n) of a symmetric matrix, the diagonal first; errors as `solve`.

    Of upper bands LAPACK takes columns whose numbers lie apart, which OpenBLAS shares out among threads however few
    they are: beside another busy process that took a thousand times longer.
    """
    return _checked(*dpbsv(bands, right, lower=1))


def _checked(_: Array, solved: Array, unsolved: int) -> Array:
    """What LAPACK gives: it says whether it could, and does not raise."""
    if unsolved:
        raise np.linalg.LinAlgError("equations without a single solution: nothing in the samples decides between them")
    return solved
