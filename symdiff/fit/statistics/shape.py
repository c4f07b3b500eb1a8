"""The form of a loss around its minimum: the inverse of J'J on what the data determine, and what they do not."""

from __future__ import annotations

import math
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Square, Vector

Bools: TypeAlias = NDArray[np.bool_]

BLURRED: Final = 1e-13  # of the largest singular value of J, its columns of length 1: smaller ones are rounding
MOVED: Final = 1e-7  # of a null vector, in the same units: a smaller part of it is rounding


class Shape(NamedTuple):
    """The form of the loss around its minimum, from R with R'R = J'J: what the data determine, and what they do not.

    root       W of shape (k, rank), W W' the inverse of J'J on what is determined
    null       of shape (k, k - rank): directions along which the residuals do not change
    lengths    of the columns of J, 1 for columns of 0: what a parameter is measured by
    condition  of J, its columns scaled to length 1; infinite where a direction is not determined
    """

    root: Square
    null: Square
    lengths: Vector
    condition: float

    @property
    def rank(self) -> int:
        """How many directions are determined."""
        return int(self.root.shape[1])

    @property
    def inverse(self) -> Square:
        """W W'."""
        with np.errstate(all="ignore"):
            return self.root @ self.root.T

    @property
    def loose(self) -> Bools:
        """Which parameters a direction moves that is not determined."""
        return np.asarray((np.abs(self.null * self.lengths[:, None]) > MOVED).any(axis=1))


def shape_of(R: Square) -> Shape:
    """The shape of a system, by the singular values of R with columns of length 1.

    >>> shape_of(np.array([[1.0, 1.0], [0.0, 0.0]])).rank
    1
    """
    exponents = np.frexp(np.abs(R).max(axis=0, initial=0.0))[1]
    scaled = np.ldexp(R, -exponents)
    lengths = np.sqrt((scaled * scaled).sum(axis=0))
    lengths[lengths == 0] = 1.0
    _, s, Vt = np.linalg.svd(scaled / lengths)
    rank = int((s > BLURRED * s[0]).sum()) if len(s) and s[0] > 0 else 0
    with np.errstate(all="ignore"):
        directions = np.ldexp(Vt.T / lengths[:, None], -exponents[:, None])
        root = directions[:, :rank] / s[:rank]
    condition = float(s[0] / s[-1]) if rank == len(R.T) and rank else math.inf
    lengths = np.ldexp(lengths, exponents)
    return Shape(root, directions[:, rank:], lengths, condition)


def errors_of(shape: Shape, deviation: float, slopes: Square) -> Vector:
    """Standard errors of quantities with these slopes in the parameters; infinite where they are not determined."""
    with np.errstate(all="ignore"):
        found = deviation * np.sqrt(np.square(slopes @ shape.root).sum(axis=1))
        if not shape.null.shape[1]:
            return np.asarray(found)
        scaled = slopes / shape.lengths
        along = np.abs(scaled @ (shape.null * shape.lengths[:, None]))
        loose = (along > MOVED * np.sqrt(np.square(scaled).sum(axis=1, keepdims=True))).any(axis=1)
    return np.where(loose, math.inf, found)


def root_of(matrix: Square) -> Square | None:
    """R with R'R = matrix, by eigenvalues of the matrix with ones on its diagonal; None where it curves down."""
    if not np.isfinite(matrix).all():
        return None
    diagonal = np.diagonal(matrix)
    if (diagonal < 0).any():
        return None
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(matrix / scale / scale[:, None])
    noise = 1e-13 * max(float(values[-1]), 0.0) if len(values) else 0.0
    if (values < -noise).any():
        return None
    return np.asarray(np.sqrt(np.where(values > noise, values, 0.0))[:, None] * vectors.T * scale)
