"""Verbs that rewrite a formula as the caller says, and not further."""

from __future__ import annotations

from collections.abc import Mapping

from symdiff.core.expr import Expr, Sym, symbol
from symdiff.core.fold import subs as replaced
from symdiff.text.parse import Formula, expression


def subs(e: Formula, changes: Mapping[Sym | str, Formula] | Mapping[Expr, Formula]) -> Expr:
    """`e` with every key of `changes` replaced by its value, all at once.

    Keys are symbols, names of symbols or expressions; values are expressions, numbers or text. A replaced part is not
    searched again, and nothing is simplified. Raises ParseError on bad text, OperandError on what is no expression.

    >>> subs("x^2 + y", {"x": "y + 1", "y": 3})
    (y + 1)^2 + 3
    """
    return replaced(expression(e), {symbol(x) if isinstance(x, str) else x: expression(v) for x, v in changes.items()})
