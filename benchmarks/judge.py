"""An independent judge of results: values enclosed in balls at exact points, and sizes. It knows no algebra.

Benches and tests ask it whether a result keeps the values of its input: wherever the input has a value, the result must
have the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import flint
from flint import arb

from symdiff import fold, free_symbols, postorder
from symdiff.core.expr import Expr, Num, Sym
from symdiff.points.ball import as_ball, enclosure
from symdiff.points.point import Fault

Point: TypeAlias = dict[Sym, Fraction]

PRECISIONS = (128, 640, 3200)  # bits, until values are seen to agree or to differ
CLOSE = arb("1e-12")  # relative: values that are not the same clash long before they are as close as this
ZERO = arb("1e-30")  # what a value that cancels to 0 is enclosed by

# From where formulas break to where they are tame: 0, signs, units, integers and not, small, large.
KINDS = (
    "0 1 -1 2 -2 1/2 -1/2 3 -3 1/3 -1/3 4 -4 5/2 -5/2 7/5 -12/5 10 -10 3/4 -9/8 1/100 -1/100 100 -57 "
    "1000003 -1000000 1/1000000"
)
NUMBERS = [Fraction(kind) for kind in KINDS.split()]


# --------------------------------------------------------------------------------------------------------------- points


def sampled(names: Sequence[Sym], seed: str, many: int = 48, also: Sequence[Fraction] = ()) -> list[Point]:
    """Points for these symbols, the same for the same seed: all symbols alike first, then drawn, some all positive."""
    if not names:
        return [{}]
    dice = random.Random(f"points {seed}")
    numbers = [*also, *NUMBERS]
    alike = [dict.fromkeys(names, q) for q in (numbers if len(names) == 1 else [*NUMBERS[:5], *also])][:many]
    return alike + [drawn(names, numbers, dice, k) for k in range(many - len(alike))]


def drawn(names: Sequence[Sym], numbers: Sequence[Fraction], dice: random.Random, k: int) -> Point:
    if k % 5 == 0:
        return {x: Fraction(dice.randint(5, 400), 100) for x in names}
    if len(names) == 1:
        return {x: Fraction(dice.randint(-900, 900), 97) for x in names}
    chosen = (NUMBERS[:5], NUMBERS[:9], NUMBERS[:17], numbers)[k % 4]
    return {x: dice.choice(chosen) for x in names}


def numbers_in(e: Expr) -> list[Fraction]:
    """The first numbers of a formula and their opposites: at some of them it breaks."""
    found = [Fraction(node.value) for node in postorder(e) if isinstance(node, Num)]
    return [q * sign for q in dict.fromkeys(found[:4]) for sign in (1, -1)]


# --------------------------------------------------------------------------------------------------------------- values


def clashes(before: Expr, after: Expr, points: Iterable[Point]) -> list[str]:
    """Where `after` does not keep a value of `before`: what became of it, and the point. Empty if all is well."""
    said = [(clash(before, after, at), at) for at in points]
    return [f"{what} at {', '.join([f'{x} = {q}' for x, q in at.items()])}" for what, at in said if what]


def kept(before: Expr, after: Expr, seed: str, many: int = 48) -> list[str]:
    """The clashes at sampled points, some of them made of the numbers of the formula."""
    return clashes(before, after, sampled(free_symbols(before, after), seed, many, numbers_in(before)))


def clash(before: Expr, after: Expr, at: Point) -> str:
    """How `after` fails to keep the value of `before` there; empty if it does, or if there is none to keep.

    Values that overlap at every precision are taken for the same: cosh(1000003)^2 - sinh(1000003)^2 is not bounded.
    """
    u: Any = None
    v: Any = None
    for bits in PRECISIONS:
        u = enclosure(before, at, bits)
        if isinstance(u, Fault):
            return ""
        v = enclosure(after, at, bits)
        same = None if isinstance(v, Fault) else compared(u, v, bits)
        if same is not None:
            return "" if same else f"{u} became {v}"
    return f"{u} lost in {v.node}, {v.error}" if isinstance(v, Fault) else ""


def compared(u: Any, v: Any, bits: int) -> bool | None:
    """Whether two values are the same; None where these bits do not decide."""
    if not isinstance(u, arb) and not isinstance(v, arb):
        return bool(u == v)
    with flint.ctx.workprec(bits):
        x, y = ball(u), ball(v)
        if not x.overlaps(y):
            return False
        apart = abs(x - y).upper()
        return True if apart <= CLOSE * abs(x).lower() or apart <= ZERO else None


def differ(e: Expr, f: Expr, at: Point) -> bool:
    """Whether two formulas have values there that are proven to differ."""
    u, v = enclosure(e, at, 256), enclosure(f, at, 256)
    return not isinstance(u, Fault) and not isinstance(v, Fault) and not ball(u).overlaps(ball(v))


def ball(value: Any) -> arb:
    return value if isinstance(value, arb) else as_ball(value)


# ---------------------------------------------------------------------------------------------------------------- sizes


def nodes(e: Expr) -> int:
    """The size that the external data count: a minus sign is a node before a number too, and p/q are three."""
    return int(fold(e, num=nodes_of_number, sym=lambda _: 1, app=lambda _, sizes: 1 + sum(sizes)))


def nodes_of_number(n: Num) -> int:
    return (n.value < 0) + (3 if "rational" in str(n) else 1)
