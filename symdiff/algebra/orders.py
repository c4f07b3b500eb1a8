"""High-order derivatives: iterated in a ring of polynomials that is closed under differentiation, then written down."""

from __future__ import annotations

from collections.abc import Iterator

from symdiff.algebra.measure import total
from symdiff.algebra.normal import decimal, normal
from symdiff.algebra.ring.iterate import Iteration
from symdiff.algebra.ring.quotients import Quotients
from symdiff.algebra.ring.ratios import Ratio, Refused, minus
from symdiff.algebra.ring.tower import Tower, tower
from symdiff.algebra.simplify import simplify
from symdiff.calculus.diff import Name, d
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.expr import App, Expr, Num, Sym, symbol
from symdiff.core.fold import postorder
from symdiff.text.parse import Formula, expression

LOW = 3  # orders up to which the simplified raw derivatives compete
SMALL = 500  # nodes of a raw derivative whose normal form competes
SUMMANDS = 6  # of a formula, up to which they are also differentiated one by one


def derivative(e: Formula, x: Name, order: int = 1) -> Expr:
    """The simplified derivative of e in x, `order` times; order 0 is e itself, simplified.

    Wherever `d(e, x, order=order)` has a value, the result has the same; it may have one in more places. `e` is an
    expression, a number or text, x a symbol or its name. Raises as `d` does.

    The n-th derivative of exp(sin(x)) is a polynomial in sin(x), cos(x) and exp(sin(x)), so n steps are n products of
    polynomials, where `d` repeated grows with 3^n (Ritt, Differential Algebra, 1950; here only rings closed under one
    derivation). What closes no finite ring, as gamma(x), is differentiated and simplified order by order.

    >>> derivative("exp(-x^2)", "x", 4)
    4*exp(-x^2)*(4*x^4 - 12*x^2 + 3)
    >>> derivative("tan(x)", "x", 2)
    2*tan(x)*sec(x)^2
    """
    found, name = expression(e), symbol(x)
    raw = d(found if order in range(LOW + 1) else 0, name, order=order)  # raises on a bad order
    with calm:
        written = in_ring(found, name, order) if order else None
        if written is not None and order > LOW:
            return written
        forms = [] if written is None else [written]
        forms.append(step_by_step(found, name, order))
        if order <= LOW and len(postorder(raw)) <= SMALL:
            forms.append(normal(raw))
        return min(forms, key=total)


def step_by_step(e: Expr, x: Sym, order: int) -> Expr:
    """The same by simplifying after each order."""
    e = simplify(e)
    for _ in range(order):
        e = simplify(d(e, x))
    return e


def in_ring(e: Expr, x: Sym, order: int) -> Expr | None:
    """The derivative computed in the ring of e; None where there is no finite one, or none of a bearable size."""
    e = normal(e)
    try:
        ring = tower(e, x)
        writer = Quotients(ring, decimals=has_decimals(e))
        result = Iteration(ring, ring.value).run(order)
        whole = writer.written(result)
        return whole if len(result.under) < 2 else writer.best([whole, *by_summands(e, ring, writer, order)])
    except Refused:
        return None


def by_summands(e: Expr, ring: Tower, writer: Quotients, order: int) -> Iterator[Expr]:
    """The sum of the derivatives of the summands of e, which over a common denominator may be longer."""
    values: list[Ratio] = []
    while e.__class__ is App and e.op in (ops.add, ops.sub):
        op = e.op
        e, last = e.args
        values.append(minus(ring.images[last]) if op is ops.sub else ring.images[last])
    values.append(ring.images[e])
    if 1 < len(values) <= SUMMANDS:
        results = [Iteration(ring, value).run(order) for value in reversed(values)]
        yield writer.sum([product for result in results if result.top != 0 for product in writer.products(result)])


def has_decimals(e: Expr) -> bool:
    return any([node.__class__ is Num and decimal(node.value) for node in postorder(e)])
