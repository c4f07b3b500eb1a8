"""Slopes of residuals, with the limits that powers have at 0: x^k has the slope x^k log(x) in k, there 0."""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.calculus.diff import gradient
from symdiff.core.expr import App, Expr
from symdiff.core.fold import free_symbols, postorder, subs
from symdiff.core.ops import ZERO, log, pow, where


def slopes(residual: Expr, free: Sequence[str]) -> tuple[Expr, ...]:
    """The partial derivatives in the free parameters.

    Where a parameter is in the exponent, log(u) stands beside u^v, which must have a value itself: so at u = 0 the
    exponent is above 0, and the product goes to 0.

    >>> from symdiff import parse
    >>> slopes(parse("a*x^k"), ["k"])
    (a*(x^k*where(x > 0, log(x), 0)),)
    """
    names = set(free)
    bases = {
        node.args[0]
        for node in postorder(residual)
        if isinstance(node, App) and node.op is pow and any(x.name in names for x in free_symbols(node.args[1]))
    }
    found = gradient(residual, free)
    into: dict[Expr | str, object] = {log(u): where(u > 0, log(u), ZERO) for u in bases}
    return tuple([subs(slope, into) for slope in found]) if into else found
