"""One point, one fold: exact where the table knows exact values, another arithmetic (floats, balls) where it does not.

What has no value becomes a Fault and travels upwards in place of one, so that it counts only where it is taken: a
branch not taken may be undefined, and so may `u` in `x > 0 and u` where x is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from symdiff.core.exact import BITS, Exact
from symdiff.core.expr import App, Expr, Op, Sym
from symdiff.core.fold import fold
from symdiff.core.ops import both, either, where
from symdiff.errors import EvaluationError

Value: TypeAlias = int | Fraction | float  # and True or False, which are integers, for conditions
Inexact: TypeAlias = Callable[[Op, list[Any]], Any]  # a row and the values of its arguments to its value


@dataclass(frozen=True, slots=True)
class Fault:
    """A part without a value: the node, the values of its arguments, and what its row raised there."""

    node: App
    args: tuple[Any, ...]
    error: ArithmeticError | ValueError


def evaluate(e: Expr, env: Mapping[Sym, Any], inexact: Inexact) -> Any:
    """The value of `e`, or the Fault that reached it. Every symbol needs a value; `inexact` does what is not exact."""
    return fold(e, num=lambda n: n.value, sym=env.__getitem__, app=lambda node, parts: step(node, parts, inexact))


class UnboundedError(ArithmeticError):
    """No precision allowed gave useful bounds: whether the value is large or small is not known."""


EXACT = frozenset((int, bool, Fraction))


def step(node: App, parts: list[Any], inexact: Inexact) -> Any:
    """The value of one node from those of its parts."""
    row = node.op
    try:
        if row in CHOICES:
            return CHOICES[row](*parts)
        for part in parts:
            if part.__class__ is Fault:
                return part
        if row.exact is not None and EXACT.issuperset(map(type, parts)):
            found = row.exact(*parts)
            if found is not None and fits(found):
                return found.numerator if found.__class__ is Fraction and found.denominator == 1 else found
        return inexact(row, parts)
    except (ArithmeticError, ValueError) as error:
        return Fault(node, tuple(parts), error)


def fits(q: Exact) -> bool:
    """Whether an exact number is short enough to go on with."""
    return q.numerator.bit_length() <= BITS and q.denominator.bit_length() <= BITS


# Conditions have three answers: true, false, and a Fault. One argument may decide, whichever it is.


def chosen(condition: Any, then: Any, otherwise: Any) -> Any:
    """The branch taken; the other may be a Fault."""
    if condition.__class__ is Fault:
        return condition
    holds = truth(condition)
    if holds is None:
        raise ValueError(UNCERTAIN)
    return then if holds else otherwise


def answer(decisive: bool) -> Callable[[Any, Any], Any]:
    """`and` and `or`: the decisive answer if an argument gives it, else a Fault if there is one, else the opposite."""

    def joined(u: Any, v: Any) -> Any:
        fault, answers = None, []
        for part in (u, v):
            if part.__class__ is Fault:
                fault = fault or part
            else:
                answers.append(truth(part))
        if decisive in answers:
            return decisive
        if None in answers:
            raise ValueError(UNCERTAIN)
        return fault or (not decisive)

    return joined


def truth(part: Any) -> bool | None:
    """Whether a value that stands as a condition is not 0; None for a ball that holds 0 and more."""
    contains = getattr(part, "contains", None)
    if contains is None or part == 0:  # two balls are == only where both are points
        return bool(part != 0)
    return None if contains(0) else True


UNCERTAIN = "these bits do not tell whether the condition is 0"


CHOICES: dict[Op, Callable[..., Any]] = {where: chosen, both: answer(False), either: answer(True)}


def unknown(row: Op) -> EvaluationError:
    """What to say about a function that has neither a value nor a ball."""
    hint = "declare it with operation(name, value=..., partials=[...])"
    return EvaluationError(f"{row.call} is an abstract function: it has no value", hint)
