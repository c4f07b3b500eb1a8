"""The logarithm of a sum of three exponentials or more, which no pattern of fixed size can find."""

from __future__ import annotations

from functools import reduce

from symdiff.core import ops
from symdiff.core.expr import App, Expr

LEAST = 3  # of two there are rules in the table


def log_of_sum(node: App) -> Expr | None:
    """log(exp a + exp b + exp c + ...) as m + log(exp(a - m) + ...), m the largest of them; None for anything else.

    Nothing overflows then, and one term is 1; it is written so, since m may be an infinity. A term 1 counts as exp 0.
    Source: Blanchard, Higham and Higham, Accurately computing the log-sum-exp and softmax functions, IMA J. Numer.
    Anal. 41, 2021.

    >>> from symdiff import parse, val
    >>> found = log_of_sum(parse("log(exp(x) + exp(y) + exp(z))"))
    >>> val(found, x=1000, y=1001, z=999)
    1001.4076059644444
    >>> log_of_sum(found.args[1])
    """
    terms = terms_of(node.args[0]) if node.op is ops.log else []
    exponents = [exponent_of(term) for term in terms]
    found = [exponent for exponent in exponents if exponent is not None]
    if len(terms) < LEAST or len(found) < len(terms):
        return None
    largest = reduce(ops.maximum, found)
    parts = [ops.where(ops.eq(exponent, largest), 1, ops.exp(exponent - largest)) for exponent in found]
    return largest + ops.log(reduce(ops.add, parts))


def terms_of(e: Expr) -> list[Expr]:
    """The terms of a sum, from the left."""
    terms: list[Expr] = []
    while isinstance(e, App) and e.op is ops.add:
        terms.append(e.args[1])
        e = e.args[0]
    return [e, *terms[::-1]]


def exponent_of(term: Expr) -> Expr | None:
    """a, if the term is exp a; 0, if it is 1."""
    if term is ops.ONE:
        return ops.ZERO
    return term.args[0] if isinstance(term, App) and term.op is ops.exp else None
