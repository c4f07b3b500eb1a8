"""The losses at many places at once, the linear parameters at their best at each: enough to rank them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symdiff.fit.data.table import Square, Vector
from symdiff.fit.leastsquares.varpro import Split
from symdiff.numeric.compile import Compiled

ROOM: Final = 1 << 20  # numbers held at a time
CUT: Final = 1e-12  # eigenvalues of the scaled sums: what is below the largest times this is rounding


class Ranked(NamedTuple):
    """The loss at each place, inf where it is not finite, and the values of the linear parameters there."""

    losses: Vector
    linear: Square


def ranked(model: Split, arrays: Sequence[Vector], samples: Square, lower: Vector, upper: Vector) -> Ranked:
    """The losses of samples of the parameters that are not linear, one in a row; bounds are those of the linear ones.

    >>> from symdiff import parse
    >>> from symdiff.fit.leastsquares.varpro import split
    >>> model = split([parse("a*exp(-k*x) - y")], ("a", "k"), ("x", "y"))
    >>> x, free = np.linspace(0.0, 1.0, 5), np.array([np.inf])
    >>> found = ranked(model, (x, 2*np.exp(-3*x)), np.array([[1.0], [3.0]]), -free, free)
    >>> found.losses.round(3).tolist(), found.linear.round(3).tolist()
    ([0.913, 0.0], [[1.347], [2.0]])
    """
    length = max(len(arrays[0]) if arrays else 1, 1) * len(model.residuals) * (len(model.linear) + 1)
    parts = [best(rows(model, arrays, part), lower, upper) for part in chunks(samples, length)]
    return Ranked(np.concatenate([p.losses for p in parts]), np.concatenate([p.linear for p in parts]))


def chunks(samples: Square, length: int) -> Iterator[Square]:
    """Samples, as many at a time as fit into memory that is near."""
    step = max(ROOM // max(length, 1), 1)
    for low in range(0, max(len(samples), 1), step):
        yield samples[low : low + step]


def rows(model: Split, arrays: Sequence[Vector], samples: Square) -> Square:
    """[phi_1, phi_2, ..., c] at each sample: sample, formula, rows of all residuals."""
    table = evaluated(model.parts, len(model.residuals), arrays, samples)
    return np.concatenate([table[:, 1:], table[:, :1]], axis=1)


def evaluated(program: Compiled, count: int, arrays: Sequence[Vector], samples: Square) -> Square:
    """Formulas, equally many for each of `count` residuals, at each sample: sample, formula, rows of all residuals."""
    shape = len(samples), len(arrays[0]) if arrays else 1
    with np.errstate(all="ignore"):
        found = program(*[samples[:, i : i + 1] for i in range(samples.shape[1])], *arrays)
    table = np.array([np.broadcast_to(part, shape) for part in found]).reshape(count, -1, *shape)
    return table.transpose(2, 1, 0, 3).reshape(len(samples), table.shape[1], -1)


def best(W: Square, lower: Vector, upper: Vector) -> Ranked:
    """The least |c + sum of b_j phi_j|^2 at each sample of [phi_1, ..., c], and the b.

    Values beyond a bound are moved to it, which is where the least loss is if one bound is met.
    """
    C, lengths, finite = scaled(W)
    q = C.shape[1] - 1
    g, G = C[:, :q, q], C[:, :q, :q]
    with np.errstate(all="ignore"):
        unit = lengths[:, q:] / lengths[:, :q]
        linear = np.clip(shortest(G, g) * unit, lower, upper)
        b = linear / unit
        share = 1 + 2 * np.einsum("mi,mi->m", b, g) + np.einsum("mi,mij,mj->m", b, G, b)
        losses = np.maximum(share, 0.0) * lengths[:, q] ** 2
    return Ranked(np.where(finite & np.isfinite(losses), losses, np.inf), linear)


def scaled(W: Square) -> tuple[Square, Square, NDArray[np.bool_]]:
    """The sums of products of rows scaled to length 1, the lengths, and whether all is finite, sample by sample."""
    finite = np.asarray(np.isfinite(W).all(axis=(1, 2)))
    W = np.where(finite[:, None, None], W, 0.0)
    size = np.abs(W).max(axis=2, initial=0.0)
    size[size == 0] = 1.0
    G = (W / size[:, :, None]) @ (W / size[:, :, None]).transpose(0, 2, 1)
    lengths = np.sqrt(np.maximum(np.einsum("mii->mi", G), 1e-300))
    return G / (lengths[:, :, None] * lengths[:, None, :]), lengths * size, finite


def shortest(G: Square, g: Square) -> Square:
    """The shortest b with G b = -g, directions without an eigenvalue left out, sample by sample."""
    if not G.shape[1]:
        return np.zeros((len(G), 0))
    values, vectors = np.linalg.eigh(G)
    keep = values > CUT * values[:, -1:]
    z = np.einsum("mij,mi->mj", vectors, g)
    return -np.asarray(np.einsum("mij,mj->mi", vectors, np.where(keep, z / values, 0.0)))
