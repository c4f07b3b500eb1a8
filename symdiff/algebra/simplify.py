"""The simplifier. In this version it is the normal form: fast, never wrong, and not yet the smallest."""

from __future__ import annotations

from symdiff.algebra.normal import normal
from symdiff.core.expr import Expr
from symdiff.text.parse import Formula, expression


def simplify(e: Formula) -> Expr:
    """The simplified form of e: flat, exact, like terms and factors collected, in a fixed order.

    Wherever e has a value, the result has the same value; it may have one in more places (x/x becomes 1). Idempotent,
    and independent of hash seeds and of earlier calls. `e` is an expression, a number or text; raises ParseError on
    bad text.

    >>> simplify("2*x*sin(x) + x^2*cos(x) + x*sin(x)")
    x^2*cos(x) + 3*x*sin(x)
    """
    return normal(expression(e))
