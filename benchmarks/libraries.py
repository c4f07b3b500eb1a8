"""The project and its peers under one interface, so that each formula of a bench is written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import mul
from typing import Any


def multiplied(factors: Iterable[Any]) -> Any:
    return reduce(mul, factors)


@dataclass(frozen=True)
class Library:
    """How one library makes symbols and numbers, applies functions, adds, multiplies, and differentiates."""

    symbol: Callable[[str], Any]
    sin: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    tan: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    lift: Callable[[Any], Any]
    total: Callable[[Iterable[Any]], Any]
    product: Callable[[Iterable[Any]], Any]
    d: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Sequence[Any]], Any]


def the_project() -> Library:
    from symdiff import Num, Sym, d, exp, gradient, sin, tan, tanh

    return Library(Sym, sin, exp, tan, tanh, Num, sum, multiplied, d, gradient)


def casadi() -> Library:
    import casadi as ca

    def gradient(e: Any, xs: Sequence[Any]) -> Any:
        return ca.gradient(e, ca.vertcat(*xs))

    return Library(ca.SX.sym, ca.sin, ca.exp, ca.tan, ca.tanh, ca.SX, sum, multiplied, ca.gradient, gradient)


def symengine() -> Library:
    import symengine as se

    def gradient(e: Any, xs: Sequence[Any]) -> Any:
        return [e.diff(x) for x in xs]

    # Its sums and products are n-ary: one term at a time it would copy all of them each time.
    def total(terms: Iterable[Any]) -> Any:
        return se.Add(*terms)

    def product(factors: Iterable[Any]) -> Any:
        return se.Mul(*factors)

    def slope(e: Any, x: Any) -> Any:
        return e.diff(x)

    return Library(se.Symbol, se.sin, se.exp, se.tan, se.tanh, se.sympify, total, product, slope, gradient)


LIBRARIES = {"symdiff": the_project, "casadi": casadi, "symengine": symengine}
