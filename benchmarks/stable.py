"""Stable forms: the errors of formulas in floats, as written and after `stable`, in units of the last place.

The judge is ball arithmetic at the same point. Points are of all magnitudes, nearly equal, near 1, and whole; a point
counts where the true value exists and is a normal float. A value that is not finite there is an error of 2^56 ulp.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from random import Random
from statistics import mean
from time import process_time
from typing import Any, NamedTuple

import flint
import numpy as np
from flint import arb, fmpq

from benchmarks.data import records
from benchmarks.results import Table
from symdiff import Expr, Sym, d, fold, free_symbols, parse, postorder, simplify, subs
from symdiff.numeric.rows import on_arrays
from symdiff.numeric.stable import stable
from symdiff.points.ball import enclosure
from symdiff.points.point import Fault

WORST = 2.0**56  # ulp: no digit is right
NORMAL = 2.3e-308

Point = dict[str, float]


class Errors(NamedTuple):
    """A formula at one point: the errors in ulp as written and as `stable` writes it."""

    at: Point
    before: float
    after: float


# ----------------------------------------------------------------------------------------------------------- measuring


def points(names: Sequence[str], count: int, seed: int) -> list[Point]:
    """Points of all magnitudes and signs; with nearly equal numbers; near 1; whole; positive."""
    random = Random(seed)
    return [point(names, random) for _ in range(count)]


def point(names: Sequence[str], random: Random) -> Point:
    about = random.choice((1, -1)) * 10 ** random.uniform(-3, 3)
    kind = random.randrange(7)
    return {name: coordinate(kind, about, random) for name in names}


def coordinate(kind: int, about: float, random: Random) -> float:
    sign = random.choice((1, -1))
    near = 1 + sign * 2.0 ** -random.randrange(2, 52)
    if kind < 3:
        return sign * 10 ** random.uniform(*((-300, 300), (-20, 20), (-3, 3))[kind])
    if kind == 3:
        return about * near
    if kind == 4:
        return sign * near
    if kind == 5:
        return float(random.choice((0, 1, -1, 0.5, 2, -2, 3)))
    return 10 ** random.uniform(-12, random.choice((0, 12)))


def truth(e: Expr, at: Point) -> Any:
    """A ball around the true value with 24 digits; None where there is none, or 3000 bits do not tell."""
    exact = {Sym(name): Fraction(value) if value % 1 or abs(value) > 1e15 else int(value) for name, value in at.items()}
    for bits in (200, 800, 3000):
        found = enclosure(e, exact, bits)
        if not isinstance(found, Fault):
            with flint.ctx.workprec(bits):
                ball = found if isinstance(found, arb) else arb(fmpq(found.numerator, found.denominator))
            if ball.is_finite() and ball.rel_accuracy_bits() > 80:
                return ball
    return None


def error(value: float, ball: Any) -> float:
    """The distance of a float from the true value, in units in the last place of that."""
    if not math.isfinite(value):
        return WORST
    with flint.ctx.workprec(300):
        distance = abs((arb(value) - ball) / arb(math.ulp(float(ball.mid()))))
    return min(float(distance.mid()), WORST)


def errors(e: Expr, s: Expr, at: Sequence[Point]) -> Iterator[Errors]:
    """The errors of two ways to write a formula, where its true value is a normal float."""
    before, after = floats(e, at), floats(s, at)
    for i, one in enumerate(at):
        ball = truth(e, one)
        if ball is not None and NORMAL < abs(float(ball.mid())) < math.inf:
            yield Errors(one, error(float(before[i]), ball), error(float(after[i]), ball))


def floats(e: Expr, at: Sequence[Point]) -> Any:
    """The values of the formula as it stands, operation by operation: `compile` would write it in its stable form."""
    with np.errstate(all="ignore"):
        found = fold(
            e,
            num=lambda n: float(n.value),
            sym=lambda x: np.array([point[x.name] for point in at]),
            app=lambda node, parts: on_arrays(node.op)(*parts),
        )
    return np.broadcast_to(found, (len(at),))


def bits_lost(ulps: Sequence[float]) -> float:
    """The mean of log2(1 + error): how many bits are wrong at the end."""
    return mean([math.log2(1 + u) for u in ulps])


# -------------------------------------------------------------------------------------------------------------- tables


def tables(quick: bool) -> list[Table]:
    from symdiff.numeric.stable.table import RULES

    taken = RULES[:8] if quick else RULES
    entries = records("formulas.jsonl")[: 20 if quick else None]
    return [of_rules(taken, 60 if quick else 400), of_formulas(entries, 40 if quick else 150), of_costs()]


def of_rules(rules: Sequence[Any], count: int) -> Table:
    rows: list[list[Any]] = []
    for one in rules:
        e = subs(one.left, {x: value for x, value in one.bad.items() if free_symbols(value)})
        found = list(errors(e, stable([e])[0], points([x.name for x in free_symbols(e)], count, 1)))
        rows.append([str(e), *summary(found)])
    heads = ["form", "points", "max before", "max after", "bits lost before", "after"]
    return Table("Stable forms, at points of all magnitudes: errors in ulp", heads, rows)


def summary(found: Sequence[Errors]) -> list[float]:
    before, after = [u.before for u in found], [u.after for u in found]
    return [len(found), max(before), max(after), bits_lost(before), bits_lost(after)]


def of_formulas(entries: Sequence[Any], count: int) -> Table:
    kinds = {"value": [], "raw slopes": [], "simplified slopes": []}  # type: dict[str, list[Expr]]
    for entry in entries:
        f = parse(entry["input"])
        slopes = [d(f, x) for x in entry["variables"][:3]]
        kinds["value"].append(f)
        kinds["raw slopes"] += slopes
        kinds["simplified slopes"] += map(simplify, slopes)
    rows = [[kind, len(es), *of_changed(es, count)] for kind, es in kinds.items()]
    heads = ["of formulas.jsonl", "formulas", "rewritten", "points", "bits lost before", "after", "more bits lost in"]
    notes = ["Bits lost: the mean of log2(1 + error in ulp), over the formulas that were rewritten."]
    return Table("Formulas of numerical practice", heads, rows, notes)


def of_changed(es: Sequence[Expr], count: int) -> list[Any]:
    before: list[float] = []
    after: list[float] = []
    changed = worse = 0
    for e, s in zip(es, stable(es), strict=True):
        if s is not e and free_symbols(e):
            changed += 1
            found = list(errors(e, s, points([x.name for x in free_symbols(e)], count, 2)))
            before += [u.before for u in found]
            after += [u.after for u in found]
            worse += bool(found) and bits_lost([u.after for u in found]) > bits_lost([u.before for u in found]) + 0.5
    return [changed, len(before), bits_lost(before), bits_lost(after), worse] if before else [changed, 0, None, None, 0]


def of_costs() -> Table:
    """Seconds for graphs without a form to rewrite, and with many."""
    x, y = Sym("x"), Sym("y")
    plain, full = x, x
    for i in range(33_000):
        plain = plain * y - (x + i)
    for _ in range(20_000):
        full = parse("exp(z) - 1").op(parse("exp(z)").op(full), 1)
    rows = []
    for name, e in (("nothing to do", plain), ("exp(...) - 1, nested", full)):
        start = process_time()
        stable([e])
        rows.append([name, len(postorder(e)), process_time() - start])
    return Table("Seconds for the pass", ["graph", "nodes", "seconds"], rows)
