"""Variable projection: parameters in which the residuals are linear are solved for, the others searched.

With residuals r = c(a) + sum of b_j phi_j(a), the b for which r'r is least are a linear problem at every a, so that a
search has to find a only: fewer dimensions, no start for b, and a better-shaped loss.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import d
from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import free_symbols, subs
from symdiff.core.ops import ZERO
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.descent.objective import jumps
from symdiff.fit.leastsquares.plane import System, turned
from symdiff.fit.leastsquares.slopes import slopes
from symdiff.numeric.compile import Compiled, compile

Names = tuple[str, ...]

RANK: Final = 1e-13  # singular values of scaled columns: what is below the largest times this is rounding
TAKEN: Final = 1e-13  # of a slope: what is left of it, where the linear parameters take it up, is rounding


def linear_names(residuals: Sequence[Expr], names: Iterable[str]) -> Names:
    """A largest set of names in which all residuals are linear together, in the order of `names`.

    Residuals are linear in p and q together where the second derivatives in p, p and p, q and q, q are 0. Of the
    sets that a greedy choice gives, begun with each name in turn, the first of the largest is taken.

    >>> from symdiff import parse
    >>> linear_names([parse("a*b*exp(-k*x) + c - y")], ["a", "b", "c", "k"])
    ('a', 'c')
    """
    slopes = {name: [normal(d(r, name)) for r in residuals] for name in names if not jumps(residuals, [name])}
    inside = {p: {q for q in slopes if any(moves(e, q) for e in es)} for p, es in slopes.items()}
    single = [p for p in slopes if p not in inside[p]]
    against = {p: {q for q in single if q in inside[p] or p in inside[q]} for p in single}
    sets = [grown(p, against) for p in single]
    best = max(sets, key=len, default=set())
    return tuple([p for p in single if p in best])


def moves(e: Expr, name: str) -> bool:
    """Whether a formula changes with a name, as far as the normal form tells."""
    return Sym(name) in free_symbols(e) and normal(d(e, name)) is not ZERO


def grown(first: str, against: dict[str, set[str]]) -> set[str]:
    """A set without quarrels that has the first name in it: those with the fewest quarrels join first."""
    chosen = {first}
    for p in sorted(against, key=lambda p: len(against[p])):
        if p not in chosen and not against[p] & chosen:
            chosen.add(p)
    return chosen


@dataclass(eq=False)
class Split:
    """Residuals r_i = c_i + sum of b_j phi_ij: the names of the b (`linear`) and of the rest (`others`).

    `offsets` are the c_i, `factors[i]` the phi_ij, both in the others and `columns`. NumPy evaluates them always: a
    back end that changes with the work done would make a search differ from the one before in its last digits.
    """

    residuals: tuple[Expr, ...]
    linear: Names
    others: Names
    columns: Names

    @cached_property
    def offsets(self) -> tuple[Expr, ...]:
        """The residuals where the linear parameters are 0."""
        zeros: dict[Expr | str, object] = dict.fromkeys(self.linear, ZERO)
        return tuple([normal(subs(r, zeros)) if zeros else r for r in self.residuals])

    @cached_property
    def factors(self) -> tuple[tuple[Expr, ...], ...]:
        """What each linear parameter is multiplied by, residual by residual."""
        return tuple([tuple([normal(d(r, name)) for name in self.linear]) for r in self.residuals])

    @cached_property
    def parts(self) -> Compiled:
        """[c_i, phi_i1, phi_i2, ...] of each residual as a function of the others and the columns."""
        pairs = zip(self.offsets, self.factors, strict=True)
        return compile([e for c, phis in pairs for e in (c, *phis)], (*self.others, *self.columns), backend="numpy")

    @cached_property
    def slopes(self) -> Compiled:
        """The slopes of the residuals in the others, as a function of the others, the linear ones and the columns."""
        rows = [slopes(r, self.others) for r in self.residuals]
        return compile([e for row in rows for e in row], (*self.others, *self.linear, *self.columns), backend="numpy")


def split(residuals: Sequence[Expr], names: Names, columns: Names, kept: Collection[str] = ()) -> Split:
    """The residuals split by a largest set of linear parameters, from which those `kept` are left out.

    >>> from symdiff import parse
    >>> found = split([parse("a*exp(-k*x) + c - y")], ("a", "k", "c"), ("x", "y"))
    >>> found.linear, found.others, found.factors, found.offsets
    (('a', 'c'), ('k',), ((exp(-k*x), 1),), (-y,))
    """
    linear = linear_names(residuals, [name for name in names if name not in kept])
    others = tuple([name for name in names if name not in linear])
    return Split(tuple(residuals), linear, others, columns)


class Projected:
    """The reduced system in the parameters that are not linear, the linear ones at their best: a data plane.

    The slopes are Kaufman's: those of the residuals with the linear parameters held, less what these can take up.
    `active` says which linear parameters take part (the rest are 0), `moving` which of the others may change.

    Sources: G. H. Golub and V. Pereyra, Inverse Problems 19 (2003) R1; L. Kaufman, BIT 15 (1975) 49.

    >>> from symdiff import parse
    >>> x = np.linspace(0.0, 2.0, 9)
    >>> model = split([parse("a*exp(-k*x) + c - y")], ("a", "k", "c"), ("x", "y"))
    >>> plane = Projected(model, (x, 3*np.exp(-2*x) + 1))
    >>> plane(np.array([2.0])).loss < 1e-28, plane.solved(np.array([2.0])).round(9).tolist()
    (True, [3.0, 1.0])
    """

    def __init__(
        self,
        model: Split,
        arrays: Sequence[Vector],
        active: Sequence[int] | None = None,
        moving: Sequence[int] | None = None,
    ) -> None:
        self.model, self.arrays = model, tuple(arrays)
        self.count = len(self.arrays[0]) if self.arrays else 1
        self.active = list(range(len(model.linear))) if active is None else list(active)
        self.moving = list(range(len(model.others))) if moving is None else list(moving)
        self.whole = np.ones(len(model.others))
        self.parts = np.empty((len(model.residuals) * (1 + len(model.linear)), self.count))
        self.slopes = np.empty((len(model.residuals) * len(model.others), self.count))

    def __call__(self, at: Vector) -> System | None:
        """The reduced system there, at the values of those of the others that move; None where not finite."""
        others = self.placed(at)
        found = self.projected(others)
        if found is None:
            return None
        b, basis, r = found
        J = self.table(self.model.slopes, self.slopes, [*others.tolist(), *b.tolist()])[:, self.moving]
        J = J.transpose(1, 0, 2).reshape(len(self.moving), r.size)
        left = J - (J @ basis) @ basis.T
        left[norms(left) < TAKEN * norms(J)] = 0.0
        return turned([(np.vstack([left, r]), None)])

    def placed(self, at: Vector) -> Vector:
        """The values of all of the others."""
        whole = self.whole.copy()
        whole[self.moving] = at
        return whole

    def solved(self, at: Vector) -> Vector:
        """The best values of the linear parameters there, nan where the residuals are not finite."""
        found = self.projected(self.placed(at))
        return np.full(len(self.model.linear), np.nan) if found is None else found[0]

    def projected(self, others: Vector) -> tuple[Vector, Square, Vector] | None:
        """The best linear parameters, an orthonormal basis of what they reach, and the residuals left."""
        with np.errstate(all="ignore"):
            parts = self.table(self.model.parts, self.parts, others.tolist())
        c = parts[:, 0].ravel()
        phi = parts[:, 1:].transpose(1, 0, 2).reshape(len(self.model.linear), c.size)[self.active]
        if not (np.isfinite(c).all() and np.isfinite(phi).all()):
            return None
        b = np.zeros(len(self.model.linear))
        b[self.active], basis = least(phi, c)
        return b, basis, c - basis @ (basis.T @ c)

    def table(self, program: Compiled, place: Square, numbers: list[float]) -> Square:
        """Values of several formulas for each residual: residual, formula, row."""
        if not len(place):
            pass
        elif self.arrays:
            program(*numbers, *self.arrays, out=tuple(place))
        else:
            place[:, 0] = program(*numbers)
        return place.reshape(len(self.model.residuals), len(place) // len(self.model.residuals), self.count)


def norms(rows: Square) -> Vector:
    """The length of each row."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)))


def least(phi: Square, c: Vector) -> tuple[Vector, Square]:
    """The b of least |c + phi'b|, shortest where several are, and an orthonormal basis of the span of phi's rows."""
    if not len(phi):
        return np.zeros(0), np.zeros((len(c), 0))
    size = np.abs(phi).max(axis=1)
    size[size == 0] = 1.0
    Q, R = np.linalg.qr((phi / size[:, None]).T)
    lengths = np.sqrt((R * R).sum(axis=0))
    lengths[lengths == 0] = 1.0
    U, s, Vt = np.linalg.svd(R / lengths)
    rank = int(np.sum(s > s[0] * RANK * max(len(s), 1)))
    basis = Q @ U[:, :rank]
    b = -(Vt[:rank].T / s[:rank]) @ (basis.T @ c)
    return b / lengths / size, basis
