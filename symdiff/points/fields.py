"""Two fields for the coefficients of power series: the rational numbers, and balls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import fmpq

from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr, Op, Sym
from symdiff.points.ball import as_ball, decided, is_exact, whole
from symdiff.points.point import Fault, evaluate
from symdiff.points.recurrences import undefined
from symdiff.points.series import OpenError


class Rationals:
    """The rational numbers: OpenError where a value is none."""

    def number(self, q: Exact) -> fmpq:
        return fmpq(q.numerator, q.denominator)

    def value(self, node: App, args: Sequence[fmpq]) -> fmpq:
        found = evaluate(bare(node), dict(zip(NAMES, map(rational, args), strict=False)), irrational)
        if found.__class__ is not Fault:
            return self.number(found)
        if found.error.__class__ is IrrationalError:
            raise OpenError(f"{node.op.name} is not rational there", found)
        raise undefined(node, "it has no value there")

    def sign(self, c: fmpq) -> int:
        return int(c > 0) - int(c < 0)

    def is_zero(self, c: fmpq) -> bool:
        return bool(c == 0)

    def integer(self, c: fmpq) -> int | None:
        return int(c.p) if c.q == 1 else None

    def holds(self, condition: Expr, values: Mapping[Sym, fmpq]) -> bool:
        return evaluate(condition, {name: rational(c) for name, c in values.items()}, irrational) is True


class Balls:
    """Balls of the present precision: OpenError where more bits may tell."""

    def number(self, q: Exact) -> Any:
        return as_ball(q)

    def value(self, node: App, args: Sequence[Any]) -> Any:
        found: Any = evaluate(bare(node), dict(zip(NAMES, args, strict=False)), decided)
        if found.__class__ is Fault:
            raise OpenError("no bounds", Fault(node, tuple(args), found.error))
        return as_ball(found) if is_exact(found) else found

    def sign(self, c: Any) -> int:
        if c == 0 or c > 0 or c < 0:
            return int(c > 0) - int(c < 0)
        raise OpenError("the sign of a coefficient is open")

    def is_zero(self, c: Any) -> bool:
        return self.sign(c) == 0

    def integer(self, c: Any) -> int | None:
        n = whole(c)
        return n if c == n else None

    def holds(self, condition: Expr, values: Mapping[Sym, Any]) -> bool:
        found = evaluate(condition, values, decided)
        if found.__class__ is Fault:
            raise OpenError("a condition is open", found)
        return bool(found)


NAMES = tuple([Sym(f"x{i}") for i in range(8)])


def bare(node: App) -> Expr:
    """The row of a node applied to names."""
    return App(node.op, NAMES[: len(node.args)])


def rational(c: fmpq) -> Exact:
    """A coefficient as Python's number."""
    return normalised(Fraction(int(c.p), int(c.q)))


class IrrationalError(ValueError):
    """The value is not known to be rational."""


def irrational(row: Op, parts: list[Any]) -> Any:
    """What there is to say where the table has no exact value."""
    raise IrrationalError
