"""The project and its peers under one interface, so that each formula of a bench is written once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Library:
    """How one library makes symbols, applies functions, lifts a number, and differentiates."""

    symbol: Callable[[str], Any]
    sin: Callable[[Any], Any]
    tanh: Callable[[Any], Any]
    lift: Callable[[Any], Any]
    d: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Sequence[Any]], Any]


def the_project() -> Library:
    from symdiff import Num, Sym, d, gradient, sin, tanh

    return Library(Sym, sin, tanh, Num, d, gradient)


def casadi() -> Library:
    import casadi as ca

    def gradient(e: Any, xs: Sequence[Any]) -> Any:
        return ca.gradient(e, ca.vertcat(*xs))

    return Library(ca.SX.sym, ca.sin, ca.tanh, ca.SX, ca.gradient, gradient)


def symengine() -> Library:
    import symengine as se

    def gradient(e: Any, xs: Sequence[Any]) -> Any:
        return [e.diff(x) for x in xs]

    return Library(se.Symbol, se.sin, se.tanh, se.sympify, lambda e, x: e.diff(x), gradient)


LIBRARIES = {"symdiff": the_project, "casadi": casadi, "symengine": symengine}
