"""Python's own arithmetic on expressions: each operator makes the row of its sign. Operators never think."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symdiff.core.expr import KINDS, Algebra, App, Expr, Op, lift
from symdiff.core.ops import TABLE, absolute, add, ceil, div, floor, ge, gt, le, lt, mul, neg, pow, sub
from symdiff.errors import OperandError


def rowed(row: Op, reflected: bool = False) -> Callable[[Any, Any], Any]:
    """The method of Algebra that makes a node of this row. Inlined as far as it goes: every formula passes here."""

    def forward(u: Expr, v: object) -> Any:
        if v.__class__ not in KINDS and (v := operand(v)) is NotImplemented:
            return v
        return App(row, (u, v))  # type: ignore[arg-type]

    def backward(v: Expr, u: object) -> Any:
        if u.__class__ not in KINDS and (u := operand(u)) is NotImplemented:
            return u
        return App(row, (u, v))  # type: ignore[arg-type]

    return backward if reflected else forward


def operand(thing: object) -> Any:
    """The number beside an operator; NotImplemented where the other side may know better (an array, a series)."""
    if isinstance(thing, (int, float, Fraction, str, bytes, complex, list, tuple, dict, set, Op)) or thing is None:
        return lift(thing)
    try:
        return lift(thing)
    except OperandError:
        return NotImplemented


def power(u: Expr, n: object, modulus: object = None) -> Any:
    """u**n, as `rowed` makes it; Python's pow(u, n, modulus) comes here too."""
    if modulus is not None:
        raise OperandError("a power of expressions takes no modulus", "the rest of a division is x**n % m")
    if n.__class__ not in KINDS and (n := operand(n)) is NotImplemented:
        return n
    return App(pow, (u, n))  # type: ignore[arg-type]


def power_of_number(n: Expr, u: object, modulus: object = None) -> Any:
    """The same with the number as the base; from Python 3.14 on with its modulus."""
    base = operand(u)
    return base if base is NotImplemented else power(base, n, modulus)


def floor_division(u: Any, v: Any) -> Any:
    quotient = u / v
    return quotient if quotient is NotImplemented else floor(quotient)


def remainder(u: Any, v: Any) -> Any:
    whole = u // v
    return whole if whole is NotImplemented else u - v * whole


def quotient_and_rest(u: Any, v: Any) -> tuple[Any, Any]:
    return u // v, u % v


def itself(u: Any) -> Any:
    return u


def reflect(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def reflected(v: Expr, u: object) -> Any:
        lifted = operand(u)
        return lifted if lifted is NotImplemented else method(lifted, v)

    return reflected


def give_arithmetic() -> None:
    """Python's operators, and the methods that NumPy calls on the elements of an array (`np.sin(array)`)."""
    for sign, row in {"add": add, "sub": sub, "mul": mul, "truediv": div}.items():
        setattr(Algebra, f"__{sign}__", rowed(row))
        setattr(Algebra, f"__r{sign}__", rowed(row, reflected=True))
    Algebra.__pow__, Algebra.__rpow__ = power, power_of_number  # type: ignore[method-assign, assignment]  # declared there for mypy
    for sign, row in {"lt": lt, "le": le, "gt": gt, "ge": ge}.items():
        setattr(Algebra, f"__{sign}__", rowed(row))
    for sign, method in {"floordiv": floor_division, "mod": remainder}.items():
        setattr(Algebra, f"__{sign}__", method)
        setattr(Algebra, f"__r{sign}__", reflect(method))
    for sign, unary in {"neg": neg, "abs": absolute, "floor": floor, "ceil": ceil}.items():
        setattr(Algebra, f"__{sign}__", applied(unary))
    for sign, function_of in {
        "pos": itself,
        "divmod": quotient_and_rest,
        "rdivmod": lambda v, u: quotient_and_rest(u, v),
    }.items():
        setattr(Algebra, f"__{sign}__", function_of)
    for row in TABLE.values():
        if row.arity == 1 and row.ufunc and row.form in ("call", "root", "fence"):
            setattr(Algebra, row.ufunc, applied(row))


def applied(row: Op) -> Callable[[Any], App]:
    return lambda u: App(row, (u,))


give_arithmetic()
