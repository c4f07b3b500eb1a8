"""The value at one point: exact where it can be, a float where not, and where neither an error that shows the place.

What is undefined, what is too large, and what a branch not taken may do is written policy: `docs/decisions.md`,
"Undefined points". `ball.py` has the values of special functions, `program.py` the loop for many points.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from fractions import Fraction
from math import isfinite
from typing import Any

from symdiff.core.exact import BITS, exact, shortened
from symdiff.core.expr import App, Expr, Num, Op, Sym, lift
from symdiff.core.fold import free_symbols, postorder
from symdiff.core.ops import div, pow, root
from symdiff.errors import LimitError, MissingError, OperandError, SymdiffError, UndefinedError
from symdiff.points.point import Fault, UnboundedError, Value, evaluate, unknown
from symdiff.text.parse import Formula, expression


def val(e: Formula, env: Mapping[Any, Any] | None = None, /, **names: Any) -> Value:
    """The value of e (an expression, a number or text) at one point.

    `env` gives a number to each symbol, by name or by Sym; so do keywords. Numbers are int, Fraction, float, or the
    scalars of NumPy; names that e does not mention do no harm, unless they are its constants e and pi. (`env=` with a
    mapping is the environment, with a number the variable of that name.) The result is exact (an int or a Fraction)
    where the operations and the numbers are, else a float; a condition gives True or False.

    Raises MissingError naming all variables without a number; OperandError for what is not a finite real number, or is
    given to a constant; UndefinedError where e has no real value, showing the part to blame; LimitError where a part is
    beyond the floats and too long to be exact; EvaluationError for an abstract function; ParseError for bad text.

    >>> val("x^2 + x*y", {"x": 2, "y": 3})
    10
    >>> val("2/4"), val("sqrt(4)"), val("sin(1)"), val("x < 1", x=0.5)
    (Fraction(1, 2), 2, 0.8414709848078965, True)
    >>> val("1/(x - 2)", x=2)
    Traceback (most recent call last):
    symdiff.errors.UndefinedError: division by zero in 1/(x - 2): x - 2 is 0
    """
    formula = expression(e)
    if env is None and isinstance(names.get("env"), Mapping):
        env = names.pop("env")
    found = evaluate(formula, numbers(formula, checked({} if env is None else env), names), on_floats)
    if isinstance(found, Fault):
        raise complaint(found) from found.error
    value: Value = found
    return value


def checked(env: Any) -> Mapping[Any, Any]:
    """The environment, if it is one."""
    if isinstance(env, Mapping):
        return env
    hint = 'example: val("x^2", {"x": 2}) or val("x^2", x=2)'
    raise OperandError(f"{shortened(env)} does not say which variable has which value", hint)


def numbers(e: Expr, env: Mapping[Any, Any], names: Mapping[str, Any]) -> dict[Sym, Value]:
    """The number of every symbol of e. Raises OperandError for a number given to a constant."""
    given = {key.name if isinstance(key, Sym) else key: thing for key, thing in env.items()}
    if twice := given.keys() & names.keys():
        raise OperandError(f"{', '.join(sorted(twice))}: given both in env and as keyword", "give each number once")
    given |= names
    wanted = free_symbols(e)
    check_constants(e, given.keys() - {x.name for x in wanted})
    if missing := [x.name for x in wanted if x.name not in given]:
        raise MissingError(missing, [name for name in given if isinstance(name, str)])
    return {x: number(x.name, given[x.name]) for x in wanted}


def check_constants(e: Expr, idle: Set[Any]) -> None:
    """Raises OperandError where a number is given for e or pi, and the formula holds that constant and no variable."""
    if not (named := idle & CONSTANTS.keys()):
        return
    for node in postorder(e):
        if isinstance(node, App) and not node.args and node.op.name in named:
            name = node.op.name
            hint = f"parse(text, symbols=[{name!r}]) makes it a variable"
            raise OperandError(f"{name} is {CONSTANTS[name]} here: it takes no other value", hint)


CONSTANTS = {"e": "Euler's number", "pi": "the circle constant"}


def number(name: str, thing: Any) -> Value:
    """The number that stands for the variable `name`: what is exact stays exact, and a float a float."""
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


def is_float(thing: Any) -> bool:
    """Floats, and NumPy's of any precision, without importing NumPy for the question."""
    if isinstance(thing, float):
        return True
    return type(thing).__module__ == "numpy" and getattr(thing, "shape", None) == () and thing.dtype.kind == "f"


def unfit(name: str, thing: Any) -> OperandError:
    """The complaint about what is not a number, with the next step for the most frequent mistakes."""
    hint = None
    if isinstance(thing, str):
        hint = "convert the text with float() or Fraction()"
    elif isinstance(thing, complex):
        hint = "symdiff works over the reals"
    elif hasattr(thing, "__len__"):
        hint = "give one number for each variable; compile() takes arrays"
    return OperandError(f"{name} = {shortened(thing)}: not a finite real number", hint)


# -------------------------------------------------------------------------------------------------------------- floats


def on_floats(row: Op, parts: list[Any]) -> Any:
    """The value of one row: by its column `value`, or by balls where it has none or a number is unfit for a float."""
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
    """The nearest float where that is as good: not for a huge integer, whose sine changes, nor for what underflows."""
    try:
        near = float(q)
    except OverflowError:
        return None
    if q.__class__ is Fraction:
        return near if 1e-300 < abs(near) < 1e15 else None
    return near if near == q else None


def in_balls(row: Op, parts: list[Any]) -> Any:
    """The value of a row whose arguments need more than floats, or that is itself computed by balls."""
    if row.ball is None:
        if row.value is None:
            raise UnknownError
        return row.value(*parts)  # a relation compares them as they are; a user's function does what it can
    from symdiff.points.ball import float_value  # 20 ms, and few formulas need it

    return float_value(row, tuple(parts))


class UnknownError(ValueError):
    """Nobody has said what the function is."""


# ---------------------------------------------------------------------------------------------------------- complaints

TOO_LARGE = f"an exact number has at most {BITS} bits, a float is below 1.8e308"
UNBOUNDED = "its value is too large, or takes too many digits to compute"
NEGATIVE_BASE = "a negative base needs an integer exponent; cbrt(x) and root(x, 3) have real roots of negative numbers"


def complaint(fault: Fault) -> SymdiffError:
    """The error that tells which part has no value, at which arguments, and what is wrong with them."""
    node, args = fault.node, fault.args
    if isinstance(fault.error, UnknownError):
        return unknown(node.op)
    part, at = abridged(repr(node)), arguments(node, args)
    if isinstance(fault.error, OverflowError):
        return LimitError(f"{part} is too large{at}", TOO_LARGE)
    if isinstance(fault.error, UnboundedError):
        return LimitError(f"{part} cannot be bounded{at}", UNBOUNDED)
    if lies_in_domain(node.op, args):
        return LimitError(f"{part} is out of reach{at}", UNBOUNDED)
    if (node.op is div and args[1] == 0) or (node.op is pow and args[0] == 0):
        return UndefinedError(f"division by zero in {part}{at}", repr(node))
    return UndefinedError(f"{part} has no real value{at}", repr(node), advice(node, args))


def arguments(node: App, args: tuple[Any, ...]) -> str:
    """`: x - 2 is 0, y is 3`, for the arguments that do not show their value themselves."""
    values = {part: arg for part, arg in zip(node.args, args, strict=True) if free_symbols(part)}
    told = ", ".join([f"{abridged(repr(part))} is {number_text(arg)}" for part, arg in values.items()])
    return f": {told}" if told else ""


def number_text(value: Value) -> str:
    """A number in a message: huge ones by their size."""
    if isinstance(value, float | bool):
        return repr(value)
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    return str(value) if bits < 100 else f"a number of {bits} bits"


def abridged(text: str) -> str:
    """A text short enough for a message."""
    return text if len(text) <= 60 else f"{text[:40]} ... {text[-15:]}"


def lies_in_domain(row: Op, args: tuple[Any, ...]) -> bool:
    """Whether the table promises a value here, so that only its size or its cost can stand in the way."""
    if row.domain is None:
        return row.value is None
    condition = lift(row.domain(*map(lift, args)))
    return evaluate(condition, {}, on_floats) is True


def advice(node: App, args: tuple[Any, ...]) -> str | None:
    """Where there would be a value."""
    if node.op in (pow, root) and args[0] < 0:
        return NEGATIVE_BASE
    domain = node.op.domain
    if domain is None:
        return None
    if not free_symbols(node):
        node = App(node.op, tuple(map(Sym, "xyz"[: node.op.arity])))
    return f"{abridged(repr(node))} has a value wherever {abridged(repr(lift(domain(*node.args))))}"
