"""Sums of squares: told from their formula; searched by Levenberg and Marquardt, also from near the start."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import ONE, sqrt
from symdiff.fit.data.table import Vector
from symdiff.fit.descent.objective import FormulaLoss
from symdiff.fit.leastsquares.marquardt import Marquardt, Seen, levenberg_marquardt
from symdiff.fit.leastsquares.plane import Plane, System, turned
from symdiff.fit.methods.parts import Ground, State

NEAR: Final = 24  # further starts
SPREAD: Final = 0.3  # of the size of each parameter: how near they are
MOST: Final = 100  # evaluations from each of them
FEW: Final = 30  # parameters: with more each search takes long, and the valleys beside are too many
NOTHING: Final = 1e-20  # of the first loss: a sum of squares so small is 0, and nothing can be lower


def residuals_of(e: Expr) -> tuple[Expr, ...]:
    """Formulas whose squares add up to e, where e is written as such a sum; none where it is not.

    >>> from symdiff import parse
    >>> residuals_of(parse("(x - 1)^2 + 100*(y - x^2)^2")), residuals_of(parse("x^2 - y^2"))
    ((x - 1, 10*(y - x^2)), ())
    """
    found = []
    for factor, term in terms_of(e):
        if factor < 0:
            return ()
        root = root_of(term)
        if root is None:
            return ()
        if factor:
            found.append(root if factor == 1 else rooted(factor) * root)
    return tuple(found)


def terms_of(e: Expr) -> Iterator[tuple[Fraction, Expr]]:
    """The terms of a sum, each with the number it is multiplied by."""
    open_terms = [(Fraction(1), e)]
    while open_terms:
        factor, u = open_terms.pop()
        if not isinstance(u, App):
            yield (factor * u.value, ONE) if isinstance(u, Num) else (factor, u)
            continue
        name, args = u.op.name, u.args
        if name in ("+", "-"):
            open_terms += [(-factor if name == "-" else factor, args[1]), (factor, args[0])]
        elif name == "neg":
            open_terms.append((-factor, args[0]))
        elif name == "*" and isinstance(args[0], Num):
            open_terms.append((factor * args[0].value, args[1]))
        elif name == "*" and isinstance(args[1], Num):
            open_terms.append((factor * args[1].value, args[0]))
        elif name == "/" and isinstance(args[1], Num) and args[1].value:
            open_terms.append((factor / args[1].value, args[0]))
        else:
            yield factor, u


def root_of(e: Expr) -> Expr | None:
    """What e is the square of: 1, an even power, or a product of a thing with itself."""
    if e is ONE:
        return ONE
    if not isinstance(e, App):
        return None
    if e.op.name == "*" and e.args[0] is e.args[1]:
        return e.args[0]
    if e.op.name == "^" and isinstance(e.args[1], Num) and e.args[1].value % 2 == 0 and e.args[1].value > 0:
        half = e.args[1].value / 2
        return e.args[0] if half == 1 else e.args[0] ** Num(half)
    return None


def rooted(factor: Fraction) -> Expr:
    """The square root of a number, as a number where it is one."""
    p, q = math.isqrt(factor.numerator), math.isqrt(factor.denominator)
    exact = p * p == factor.numerator and q * q == factor.denominator
    return Num(Fraction(p, q)) if exact else sqrt(Num(factor))


def plane_of(objective: FormulaLoss) -> Plane:
    """The reduced system of the residuals of a loss, as a function of the place."""

    def plane(at: Vector) -> System | None:
        r, J = objective.linearised(at)
        return turned([(np.vstack([J, r]), None)])

    return plane


def searched(ground: Ground, objective: FormulaLoss, at: Vector, steps: int, seen: Seen | None = None) -> Marquardt:
    """Levenberg and Marquardt's method within the bounds."""
    box = ground.box
    lower, upper = (np.broadcast_to(box.lower, at.shape), np.broadcast_to(box.upper, at.shape))
    bounds = {"lower": lower, "upper": upper} if box.bounded else {}
    return levenberg_marquardt(plane_of(objective), at, steps=steps, seen=seen, **bounds)  # type: ignore[arg-type]


def lowest_near(
    ground: Ground, objective: FormulaLoss, start: State, best: State, seed: int
) -> tuple[State, Sequence[float]]:
    """The lowest place that searches from near the start lead to, and all the losses they ended with.

    A sum of squares is not below 0: as long as it is clearly above, it is worth to look into the valleys beside.
    """
    draw, losses = np.random.default_rng(seed), [best.loss]
    if len(best.at) > FEW:
        return best, losses
    size = np.where(start.at != 0, np.abs(start.at), float(np.abs(start.at).mean()) or 1.0)
    for _ in range(NEAR):
        if best.loss <= NOTHING * start.loss:
            break
        at = ground.box.inside(start.at + SPREAD * size * draw.standard_normal(len(size)))
        found = searched(ground, objective, at, MOST)
        if found.system is not None:
            losses.append(found.system.loss)
            if found.system.loss < best.loss * (1 - 1e-9):
                best = ground.state(best.step, found.at)
    return best, losses
