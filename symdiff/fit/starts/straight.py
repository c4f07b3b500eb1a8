"""Curves made straight: log y of a power law, y times a denominator, are linear in functions of the parameters.

The linear problem gives these functions, and they the parameters. Its errors are weighted so that they are those of y
to first order (y for logarithms, 1/denominator for fractions: Sanathanan and Koerner 1963).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, NamedTuple

import numpy as np

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import d
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import fold, free_symbols, size, subs
from symdiff.core.ops import ONE, ZERO
from symdiff.fit.data.table import Square, Vector
from symdiff.fit.leastsquares.varpro import Names, Split, least, split
from symdiff.fit.problem import fresh
from symdiff.fit.starts.ranking import best, rows
from symdiff.fit.starts.roles import terms
from symdiff.numeric.compile import Compiled, compile

FOLLOWED: Final = 10  # solutions of the linear problem that are weighted again
AGAIN: Final = 3
LONGEST: Final = 200  # nodes of a fraction: longer ones come from sums of many, and are far from straight


class Fraction(NamedTuple):
    """A numerator and a denominator."""

    above: Expr
    below: Expr


@dataclass(frozen=True, eq=False)
class Straight:
    """An equation E = 0 that says model = response, linear in more parameters than the model is.

    `split` is E split by these; `back` tells what a name stands for where it is not the parameter itself; `below` is
    the denominator by which the model was multiplied, a function of the parameters and columns, None for logarithms.
    """

    split: Split
    back: Mapping[str, Callable[[Vector], Vector]]
    below: Compiled | None


def fraction(e: Expr) -> Fraction:
    """A formula as one fraction, by the rules of school.

    >>> from symdiff import parse
    >>> fraction(parse("a + x/(b + x)"))
    Fraction(above=a*(b + x) + x, below=b + x)
    """
    return fold(e, num=lambda n: Fraction(n, ONE), sym=lambda s: Fraction(s, ONE), app=joined)


def joined(node: App, parts: list[Fraction]) -> Fraction:
    """The fraction of an operation on fractions."""
    match node.op:
        case ops.add | ops.sub:
            u, v = parts
            if u.below is v.below:
                return Fraction(node.op(u.above, v.above), u.below)
            crossed = node.op(times(u.above, v.below), times(v.above, u.below))
            return Fraction(crossed, times(u.below, v.below))
        case ops.neg:
            return Fraction(-parts[0].above, parts[0].below)
        case ops.mul:
            return Fraction(times(parts[0].above, parts[1].above), times(parts[0].below, parts[1].below))
        case ops.div:
            return Fraction(times(parts[0].above, parts[1].below), times(parts[0].below, parts[1].above))
        case ops.pow if isinstance(n := node.args[1], Num) and isinstance(n.value, int):
            return raised(parts[0], n.value)
        case ops.exp:
            return Fraction(exponentials(node.args[0]), ONE)
    return Fraction(node, ONE)


def times(u: Expr, v: Expr) -> Expr:
    """u v, without factors 1."""
    return v if u is ONE else u if v is ONE else u * v


def raised(u: Fraction, n: int) -> Fraction:
    """A whole power of a fraction."""
    if n < 0:
        u, n = Fraction(u.below, u.above), -n
    return Fraction(u.above**n, u.below if u.below is ONE else u.below**n)


def exponentials(u: Expr) -> Expr:
    """exp(u) as a product of exponentials of the terms of u.

    >>> from symdiff import parse
    >>> exponentials(parse("b - c*x"))
    exp(b)*exp(-(c*x))
    """
    return reduce(ops.mul, [ops.exp(term if sign > 0 else -term) for sign, term in terms(u)])


def logarithm(e: Expr) -> Expr:
    """log|e| as a sum over the factors of e.

    >>> from symdiff import parse
    >>> logarithm(parse("a*x^b*exp(-c*x)"))
    log(a) + b*log(x) + (-c)*x
    """

    def of(node: App, parts: list[Expr]) -> Expr:
        match node.op:
            case ops.mul:
                return parts[0] + parts[1]
            case ops.div:
                return parts[0] - parts[1]
            case ops.neg:
                return parts[0]
            case ops.pow:
                return node.args[1] * parts[0]
            case ops.sqrt:
                return parts[0] / 2
            case ops.exp:
                return node.args[0]
        return ops.log(node)

    return fold(e, num=lambda n: ops.log(Num(abs(n.value)) if n.value else n), sym=ops.log, app=of)


# fmt: off
# What a name may stand for, so that the equation becomes linear in it: how it is written there, and how it is undone.
Change = tuple[Callable[[Sym], dict[Expr | str, object]], Callable[[Vector], Vector]]
CHANGES: Final[tuple[Change, ...]] = (
    (lambda p: {ops.log(p): p}, np.exp),
    (lambda p: {ops.exp(p): p}, np.log),
    (lambda p: {p: 1 / p},      np.reciprocal),
)
# fmt: on


def straightened(model: Expr, names: Names, columns: Names, before: int) -> list[Straight]:
    """The equations that have fewer than `before` parameters in which they are not linear.

    Their last column is the response, or its logarithm.
    """
    y = Sym(fresh("_response", {*names, *columns}))
    columns = (*columns, y.name)
    above, below = fraction(model)
    found = [straight(logarithm(model) - y, names, columns, None)]
    if size(above) + size(below) <= LONGEST and {s.name for s in free_symbols(below)} & set(names):
        found.append(straight(above - y * below, names, columns, compile(below, (*names, *columns))))
    return [s for s in found if len(s.split.others) < before and s.split.offsets[0] is not ZERO]


def straight(e: Expr, names: Names, columns: Names, below: Compiled | None) -> Straight:
    """An equation with the changes that make it linear in single names."""
    back: dict[str, Callable[[Vector], Vector]] = {}
    for name in names:
        if linear_in(e, name):
            continue
        for write, undo in CHANGES:
            changed = subs(e, write(Sym(name)))
            if changed is not e and linear_in(changed, name):
                e, back[name] = changed, undo
                break
    return Straight(split([normal(e)], names, columns), back, below)


def linear_in(e: Expr, name: str) -> bool:
    """Whether a formula is linear in a name."""
    return normal(d(d(e, name), name)) is ZERO


def solved(found: Straight, arrays: Sequence[Vector], y: Vector, samples: Square, names: Names) -> Square:
    """Values of all parameters, one solution in a row, best first. `samples` are of the parameters not linear here."""
    logs = found.below is None
    weight = np.abs(y) if logs else np.ones(len(y))
    columns = [*arrays, np.log(np.abs(np.where(y == 0, 1.0, y))) if logs else y]
    W = rows(found.split, columns, samples) * weight
    seen = (weight > 0) & np.isfinite(W[:, :-1]).any(axis=0).all(axis=0)  # a power has no logarithm at 0
    if not seen.any():
        return np.zeros((0, len(names)))
    W, columns = W[:, :, seen], [a[seen] for a in columns]
    bound = np.full(len(found.split.linear), np.inf)
    losses = best(W, -bound, bound).losses
    first = [i for i in np.argsort(losses, kind="stable")[:FOLLOWED].tolist() if np.isfinite(losses[i])]
    answers = [weighted(found, W[i], samples[i], columns, names) for i in first]
    sign = -1.0 if logs and np.median(y) < 0 else 1.0
    return np.array([signed(found, a, sign, names) for group in answers for a in group]).reshape(-1, len(names))


def weighted(found: Straight, W: Square, sample: Vector, columns: Sequence[Vector], names: Names) -> list[Vector]:
    """Solutions of the linear problem, each weighted by the denominator of the one before."""
    answers: list[Vector] = []
    share = np.ones(W.shape[1])
    for _ in range(1 if found.below is None else AGAIN):
        if not np.isfinite(share).all():
            break
        b, _basis = least(W[:-1] * share, W[-1] * share)
        values = dict(zip(found.split.others, sample.tolist(), strict=True))
        values |= dict(zip(found.split.linear, b.tolist(), strict=True))
        at = np.array([values[n] for n in names])
        for i, name in enumerate(names):
            at[i : i + 1] = found.back[name](at[i : i + 1]) if name in found.back else at[i]
        answers.append(at)
        if found.below is not None:
            share = 1 / np.abs(np.broadcast_to(found.below(*at.tolist(), *columns), (W.shape[1],)))
    return answers


def signed(found: Straight, at: Vector, sign: float, names: Names) -> Vector:
    """The values with the sign of the response given to the first parameter whose logarithm was found."""
    first = next((i for i, name in enumerate(names) if found.back.get(name) is np.exp), None)
    if sign < 0 and first is not None:
        at = at.copy()
        at[first] *= sign
    return at
