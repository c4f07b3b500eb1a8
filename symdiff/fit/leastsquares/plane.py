"""Data planes: how a place in the space of parameters becomes the reduced system of the least-squares problem there.

Near a place the residuals are r + J s, and all that an optimiser asks of them is in k + 1 columns: R'R = J'J,
R'z = J'r, and the loss. R and z come from a QR factorisation of [J r], block by block of rows (TSQR: Demmel, Grigori,
Hoemmen and Langou 2012), or, where rows are many and J is well conditioned, from the sums J'J and J'r.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Square, Vector

EPS = float(np.finfo(np.float64).eps)
LIMIT = 1e-10  # of the eigenvalues of J'J, scaled, smallest to largest: below, sums lose half the digits of a step


class Spectrum(NamedTuple):
    """The singular values S and right vectors V' of a system with scaled columns, R D^-1 = U S V', and c = U'z."""

    S: Vector
    Vt: Square
    c: Vector


class System(NamedTuple):
    """The loss at a place and the reduced system there: the Gauss-Newton step s is where |R s + z| is least.

    The gradient of the loss is 2 R'z, and 2 R'R its Hessian but for the curvature of the model.
    """

    loss: float
    R: Square
    z: Vector

    def lengths(self) -> Vector:
        """The length of each column of J, 1 for a column of zeros."""
        lengths = np.sqrt(np.einsum("ij,ij->j", self.R, self.R))
        return np.where(lengths > 0, lengths, 1.0)

    def slopes(self) -> Vector:
        """J'r, half the gradient of the loss."""
        return np.asarray(self.R.T @ self.z)

    def along(self, step: Vector) -> tuple[float, float]:
        """|J s|^2 and s'J'r: with these the loss is foreseen to be loss + 2 s'J'r + |J s|^2."""
        moved = self.R @ step
        return float(moved @ moved), float(moved @ self.z)

    def spectrum(self, scale: Vector) -> Spectrum:
        """The singular value decomposition with columns divided by the scale."""
        U, S, Vt = np.linalg.svd(self.R / scale)
        return Spectrum(S, Vt, U.T @ self.z)

    def without(self, held: NDArray[np.bool_]) -> System:
        """The system of the other parameters, those that are held standing still."""
        R = self.R[:, ~held]
        count = R.shape[1]
        T = triangle(np.column_stack([R, self.z]))
        return System(self.loss, T[:count, :count], T[:count, count])


def triangle(tall: Square) -> Square:
    """R of a QR factorisation."""
    return np.asarray(np.linalg.qr(tall, mode="r"))


class Normal:
    """The same from the sums A = J'J and g = J'r: quicker, with half the digits; R and z are made when asked for."""

    __slots__ = ("A", "g", "loss", "triangle")

    def __init__(self, loss: float, A: Square, g: Vector) -> None:
        self.loss, self.A, self.g = loss, A, g
        self.triangle: tuple[Square, Vector] | None = None

    @property
    def R(self) -> Square:
        """R with R'R = A."""
        return self.factored()[0]

    @property
    def z(self) -> Vector:
        """z with R'z = g."""
        return self.factored()[1]

    def factored(self) -> tuple[Square, Vector]:
        """R and z, from the eigenvalues of A scaled."""
        if self.triangle is None:
            scale = self.lengths()
            S, Vt, c = self.spectrum(scale)
            self.triangle = S[:, None] * Vt * scale, c
        return self.triangle

    def lengths(self) -> Vector:
        """The length of each column of J, 1 for a column of zeros."""
        squares = self.A.diagonal()
        return np.sqrt(np.where(squares > 0, squares, 1.0))

    def slopes(self) -> Vector:
        """J'r, half the gradient of the loss."""
        return self.g

    def along(self, step: Vector) -> tuple[float, float]:
        """|J s|^2 and s'J'r."""
        return float(step @ self.A @ step), float(step @ self.g)

    def spectrum(self, scale: Vector) -> Spectrum:
        """The singular value decomposition of J with columns divided by the scale."""
        values, vectors = np.linalg.eigh(self.A / (scale[:, None] * scale))
        S = np.sqrt(np.maximum(values[::-1], values.max(initial=0.0) * len(values) * EPS))
        Vt = vectors.T[::-1]
        return Spectrum(S, Vt, (Vt @ (self.g / scale)) / (S if (S > 0).all() else np.where(S > 0, S, 1.0)))

    def without(self, held: NDArray[np.bool_]) -> Normal:
        """The system of the other parameters, those that are held standing still."""
        return Normal(self.loss, self.A[np.ix_(~held, ~held)], self.g[~held])


AnySystem: TypeAlias = System | Normal
Plane: TypeAlias = Callable[[Vector], AnySystem | None]


class Turned:
    """The R of [J r], grown by blocks of rows: `add` them, then `system`."""

    def __init__(self) -> None:
        self.R: Square | None = None
        self.loss = 0.0

    def add(self, rows: Square, loss: float | None = None) -> None:
        """Take in the rows of W' for W = [J r]', one column for each row of data; `loss` if it is not r'r."""
        self.loss += float(rows[-1] @ rows[-1]) if loss is None else loss
        tall = rows.T if self.R is None else np.vstack([self.R, rows.T])
        self.R = triangle(tall)

    def system(self) -> System | None:
        """What was taken in, reduced; None where something was not finite."""
        if self.R is None or not (math.isfinite(self.loss) and np.isfinite(self.R).all()):
            return None
        R = self.R
        count = R.shape[1] - 1
        if len(R) < count:  # fewer rows than parameters: rows of 0 change nothing
            R = np.vstack([R, np.zeros((count - len(R), count + 1))])
        return System(self.loss, R[:count, :count], R[:count, count])


def turned(blocks: Iterable[tuple[Square, float | None]]) -> System | None:
    """The reduced system of blocks of rows, by QR.

    >>> rows = np.array([[1.0, 1.0], [3.0, 5.0]])  # J is (1, 1)', r is (3, 5)'
    >>> system = turned([(rows, None)])
    >>> system.loss, abs(system.R).round(3).tolist()
    (34.0, [[1.414]])
    """
    whole = Turned()
    for rows, loss in blocks:
        if not np.isfinite(rows).all():
            return None
        whole.add(rows, loss)
    return whole.system()


def summed(G: Square, loss: float | None = None) -> Normal | None:
    """The reduced system of the sums [J r]'[J r]; None where not finite. `loss` where it is not r'r.

    >>> summed(np.array([[2.0, 8.0], [8.0, 34.0]])).z.round(3).tolist()
    [5.657]
    """
    found = Normal(float(G[-1, -1]) if loss is None else loss, G[:-1, :-1], G[:-1, -1])
    return found if math.isfinite(found.loss) and np.isfinite(G).all() else None
