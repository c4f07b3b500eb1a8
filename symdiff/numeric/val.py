"""The value of an expression at one point: exact where it can be, a float where not, an error that shows the place where neither.

What is undefined, what is too large, and what a branch not taken may do is written policy: `docs/decisions.md`, "Undefined
points". `ball.py` has the values of special functions, `program.py` the loop for many points.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from symdiff.core.expr import App, Expr, Num, Op, Sym, exact, lift, shortened
from symdiff.core.fold import free_symbols
from symdiff.core.ops import BITS, div, pow, root
from symdiff.errors import LimitError, MissingError, OperandError, SymdiffError, UndefinedError
from symdiff.numeric.point import Fault, Value, evaluate, unknown
from symdiff.text.parse import Formula, expression


def val(e: Formula, /, env: Mapping[Any, Any] | None = None, **names: Any) -> Value:
    """The value of e (an expression, a number or text) at one point.

    `env` gives a number to each symbol, by name or by Sym; so do keywords. Numbers are int, Fraction, float, or the scalars of
    NumPy; names that e does not mention do no harm. The result is exact (an int or a Fraction) where the operations and the
    numbers are, else a float; a condition gives True or False.

    Raises MissingError naming all variables without a number, OperandError for what is not a finite real number, UndefinedError
    where e has no real value (it shows the part to blame), LimitError where a part is beyond the floats and too long to be exact,
    ParseError for bad text.

    >>> val("x^2 + x*y", {"x": 2, "y": 3})
    10
    >>> val("2/4"), val("sqrt(4)"), val("sin(1)"), val("x < 1", x=0.5)
    (Fraction(1, 2), 2, 0.8414709848078965, True)
    >>> val("1/(x - 2)", x=2)
    Traceback (most recent call last):
    symdiff.errors.UndefinedError: division by zero in 1/(x - 2): x - 2 is 0
    """
    formula = expression(e)
    found = evaluate(formula, numbers(formula, env or {}, names), on_floats)
    if isinstance(found, Fault):
        raise complaint(found) from found.error
    value: Value = found
    return value


def numbers(e: Expr, env: Mapping[Any, Any], names: Mapping[str, Any]) -> dict[Sym, Value]:
    """The number of every symbol of e."""
    given = {key.name if isinstance(key, Sym) else key: thing for key, thing in env.items()}
    if twice := given.keys() & names.keys():
        raise OperandError(f"{', '.join(sorted(twice))}: given both in env and as keyword")
    given |= names
    wanted = free_symbols(e)
    if missing := [x.name for x in wanted if x.name not in given]:
        raise MissingError(missing, [name for name in given if isinstance(name, str)])
    return {x: number(x.name, given[x.name]) for x in wanted}


def number(name: str, thing: Any) -> Value:
    """The number that stands for the variable `name`: exact as it is, a float as a float. Raises OperandError."""
    if isinstance(thing, Num):
        return thing.value
    if is_float(thing):
        if isfinite(thing):
            return float(thing)
        raise unfit(name, thing)
    try:
        return exact(thing)
    except OperandError as error:
        raise unfit(name, thing) from error


def unfit(name: str, thing: Any) -> OperandError:
    return OperandError(f"{name} = {shortened(thing)}: not a finite real number", hint_for(thing))


def is_float(thing: Any) -> bool:
    """Floats, and NumPy's of any precision, without importing NumPy for the question."""
    if isinstance(thing, float):
        return True
    return getattr(type(thing), "__module__", "") == "numpy" and getattr(thing, "shape", None) == () and thing.dtype.kind == "f"


def hint_for(thing: Any) -> str | None:
    if isinstance(thing, str):
        return "val takes numbers: convert the text with float() or Fraction()"
    if hasattr(thing, "__len__"):
        return "val takes one point: one number for each variable"
    return "symdiff works over the reals" if isinstance(thing, complex) else None


# -------------------------------------------------------------------------------------------------------------- floats


def on_floats(row: Op, parts: list[Any]) -> Any:
    """The value of one row, by its column `value`, or by balls where it has none or a number is not fit for a float."""
    floats = [part if part.__class__ is float else faithful(part) for part in parts]
    if row.value is None or None in floats:
        return in_balls(row, parts)
    found = row.value(*floats)
    if found.__class__ is bool:
        return found
    if isinstance(found, complex):
        raise ValueError("the value is not real")
    found = float(found)
    if not isfinite(found):
        raise ValueError("not a number") if found != found else OverflowError("beyond the floats")
    return found


def faithful(q: Any) -> float | None:
    """The nearest float, where it is as good: not for a huge integer, whose sine it would change, nor for what underflows."""
    try:
        near = float(q)
    except OverflowError:
        return None
    if q.__class__ is Fraction:
        return near if 1e-300 < abs(near) < 1e15 else None
    return near if near == q else None


def in_balls(row: Op, parts: list[Any]) -> Any:
    if row.ball is None:
        if row.value is None:
            raise Unknown
        return row.value(*parts)  # relations compare what they get; a user's function makes of a huge number what it can
    from symdiff.numeric.ball import float_value  # 20 ms, and few formulas need it

    return float_value(row, tuple(parts))


class Unknown(ValueError):
    """Nobody has said what the function is."""


# ------------------------------------------------------------------------------------------------------------ complaints


def complaint(fault: Fault) -> SymdiffError:
    """The error that tells which part has no value, at which arguments, and what is wrong with them."""
    node, args = fault.node, fault.args
    if isinstance(fault.error, Unknown):
        return unknown(node.op)
    at = arguments(node, args)
    if isinstance(fault.error, OverflowError) or lies_in_domain(node.op, args):
        return LimitError(f"{shown(node)} is too large{at}", f"an exact number has at most {BITS} bits, a float is below 1.8e308")
    if divides_by_zero(node.op, args):
        return UndefinedError(f"division by zero in {shown(node)}{at}", repr(node))
    return UndefinedError(f"{shown(node)} has no real value{at}", repr(node), advice(node, args))


def arguments(node: App, args: tuple[Any, ...]) -> str:
    """`: x - 2 is 0, y is 3`, for the arguments that do not show their value themselves."""
    told = [f"{shown(part)} is {number_text(arg)}" for part, arg in zip(node.args, args, strict=True) if free_symbols(part)]
    return f": {', '.join(dict.fromkeys(told))}" if told else ""


def shown(e: Expr) -> str:
    return shortened_text(repr(e))


def number_text(value: Value) -> str:
    if isinstance(value, float | bool):
        return repr(value)
    if not max(value.numerator, value.denominator, key=abs).bit_length() < 400:
        return f"a number of {value.numerator.bit_length()} bits"
    return str(value)


def shortened_text(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:40]} ... {text[-15:]}"


def divides_by_zero(row: Op, args: tuple[Any, ...]) -> bool:
    return (row is div and args[1] == 0) or (row is pow and args[0] == 0)


def lies_in_domain(row: Op, args: tuple[Any, ...]) -> bool:
    """Whether the table promises a value here, so that only its size can stand in the way."""
    if row.domain is None:
        return row.value is None
    held = evaluate(lift(row.domain(*map(lift, args))), {}, on_floats)
    return held is True


def advice(node: App, args: tuple[Any, ...]) -> str | None:
    """Where there would be a value."""
    if node.op in (pow, root) and args[0] < 0:
        return "a negative base needs an integer exponent, its real roots an odd order: cbrt(x), root(x, 3)"
    if node.op.domain is None:
        return None
    if not free_symbols(node):
        node = App(node.op, tuple(map(Sym, "xyz"[: node.op.arity])))
    return f"{shown(node)} has a value wherever {shown(lift(node.op.domain(*node.args)))}"
