"""Waves with a phase, written as a cosine and a sine of it: two linear parameters instead of one and an angle."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import d
from symdiff.core.expr import Expr, Sym
from symdiff.core.fold import free_symbols, subs
from symdiff.core.ops import ZERO, pi
from symdiff.fit.data.table import Vector
from symdiff.fit.leastsquares.varpro import Split
from symdiff.fit.starts.roles import constant


@dataclass(frozen=True, slots=True)
class Phase:
    """a*sin(... + k*p) read as A*sin(...) + B*cos(...): the places of a and p, where A and B stand, and k."""

    amplitude: int
    phase: int
    k: float


def without_phases(
    model: Split, names: Sequence[str], slopes: Mapping[str, Expr], kept: Collection[str]
) -> tuple[tuple[Expr, ...], tuple[Phase, ...]]:
    """Residuals in which A and B stand for amplitude and phase wherever that is possible, under the same names.

    `slopes` are the k of parameters p that may be phases; names in `kept` stay as they are. A factor phi of a linear
    parameter is a wave in p if its second derivative is -k^2 phi; then phi(p) = cos(k p) phi(0) + sin(k p) phi(pi/2k).

    >>> from symdiff import parse
    >>> from symdiff.fit.leastsquares.varpro import split
    >>> model = split([parse("a*sin(w*x + p) - y")], ("a", "w", "p"), ("x", "y"))
    >>> without_phases(model, ("a", "w", "p"), {"p": parse("1")}, ())[1]
    (Phase(amplitude=0, phase=2, k=1.0),)
    """
    residuals, found = model.residuals, []
    taken = set(kept)
    for p, k in slopes.items():
        a = amplitude_of(model, p)
        if a is None or p in taken or a in taken or not all(waves(row, p, k) for row in factors_of(model, a)):
            continue
        taken |= {a, p}
        quarter = pi() / (2 * k)
        residuals = tuple(
            [
                normal(subs(r, {a: ZERO})) + Sym(a) * subs(phi, {p: ZERO}) + Sym(p) * subs(phi, {p: quarter})
                for r, phi in zip(residuals, factors_of(model, a), strict=True)
            ]
        )
        found.append(Phase(names.index(a), names.index(p), constant(k) or 1.0))
    return residuals, tuple(found)


def amplitude_of(model: Split, p: str) -> str | None:
    """The one linear parameter whose factors have p in them, if p is nowhere else."""
    if p not in model.others or Sym(p) in free_symbols(*model.offsets):
        return None
    found = [a for a in model.linear if Sym(p) in free_symbols(*factors_of(model, a))]
    return found[0] if len(found) == 1 else None


def factors_of(model: Split, name: str) -> list[Expr]:
    """What a linear parameter is multiplied by, residual by residual."""
    j = model.linear.index(name)
    return [row[j] for row in model.factors]


def waves(phi: Expr, p: str, k: Expr) -> bool:
    """Whether the second derivative in p is -k^2 times the formula."""
    return normal(d(d(phi, p), p) + k**2 * phi) is ZERO


def at_home(at: Vector, phases: Sequence[Phase]) -> Vector:
    """The amplitudes, none negative, and the phases that sines and cosines stand for."""
    found = at.copy()
    for phase in phases:
        A, B = at[phase.amplitude], at[phase.phase]
        found[phase.amplitude] = math.hypot(A, B)
        found[phase.phase] = math.atan2(B, A) / phase.k
    return found
