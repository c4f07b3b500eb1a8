"""The separate verbs: expand, factor, collect, together, cancel. Each does what it says and no more.

Every result has, wherever the formula has a value, the same value; it may have one in more places. Partial fractions
are in `partial`, angles in `angles`, logarithms in `logarithms`. Every verb takes a `budget`, seconds or a Budget whose
seconds count, 10 unless told, and raises LimitError where it would take longer.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import count

from symdiff.algebra.budget import Budget, tick, timed
from symdiff.algebra.poly import MOST_TERMS, TooLargeError, fmpq
from symdiff.algebra.rational.bottomup import SETTLING, Form, Rewriter
from symdiff.algebra.rational.functions import Region
from symdiff.algebra.rational.powers import in_powers
from symdiff.algebra.rational.products import Product
from symdiff.algebra.rational.regions import region_of, root_of
from symdiff.algebra.rational.written import Writer, exact_number, terms_of
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import free_symbols, subs
from symdiff.text.parse import Formula, expression

SUM_ROOM = 5_000  # terms of a sum that is put over a common denominator
FACTOR_ROOM = 400  # of one that is multiplied out to be factored: FLINT is asked no more
CANCEL_ROOM = 400  # of a numerator or denominator written as a sum


def expand(e: Formula, deep: bool = True, *, budget: Budget | float | None = None) -> Expr:
    """The formula with its products and integer powers multiplied out, and quotients taken term by term.

    Inside functions too, unless `deep` is False. A denominator that is a sum stays below its bar as it is. Raises
    LimitError where the result might have more than 200,000 terms, before anything is multiplied, or where it takes
    longer than `budget` (seconds or a Budget; 10 s); ParseError on bad text.

    >>> expand("(x + y)^2*(x - 1)/x")
    x^2 + 2*x*y + y^2 - x - 2*y - y^2/x
    >>> expand("sin((x + 1)^2)")
    sin(x^2 + 2*x + 1)
    """
    with timed("expand", budget):
        return rewritten(EXPANDED, e, deep=deep)


def factor(e: Formula, deep: bool = True, *, budget: Budget | float | None = None) -> Expr:
    """The formula as a product of irreducible factors over the rationals, fractions put together first.

    Functions of anything count as unknowns; what is inside them is factored too, unless `deep` is False. A sum that
    would have more than 400 terms, or a degree above 60, is left as it is. Raises LimitError where it takes longer than
    `budget` (seconds or a Budget; 10 s).

    >>> factor("x^2 - y^2")
    (x - y)*(x + y)
    >>> factor("sin(x)^2/2 - 2")
    (sin(x) - 2)*(sin(x) + 2)/2
    """
    with timed("factor", budget):
        return rewritten(FACTORED, e, deep=deep)


def together(e: Formula, deep: bool = True, *, budget: Budget | float | None = None) -> Expr:
    """The formula as one fraction in lowest terms. Only sums are multiplied out; their products and powers stay.

    Raises LimitError where it takes longer than `budget` (seconds or a Budget; 10 s).

    >>> together("1/x + 1/y")
    (x + y)/(x*y)
    >>> together("(x + 1)^9/x - (x + 1)^8")
    (x + 1)^8/x
    """
    with timed("together", budget):
        return rewritten(TOGETHER, e, deep=deep)


def cancel(e: Formula, deep: bool = True, *, budget: Budget | float | None = None) -> Expr:
    """The formula as one fraction of two sums without a common factor.

    A numerator or denominator that would have more than 400 terms stays a product. What vanished from below the bar is
    told by `rewriting(cancel, e).conditions`. Raises LimitError where it takes longer than `budget` (seconds or a
    Budget; 10 s).

    >>> cancel("(x^2 - 1)/(x - 1)")
    x + 1
    >>> cancel("(x + 1)^2/(x*(x + 1)) - 1/y")
    (x*y - x + y)/(x*y)
    """
    with timed("cancel", budget):
        return rewritten(CANCELLED, e, deep=deep)


def collect(
    e: Formula, x: Formula, *, factored: bool = False, deep: bool = True, budget: Budget | float | None = None
) -> Expr:
    """The formula as a sum of powers of x, with their coefficients gathered.

    `x` is a symbol, its name, or any part of the formula, such as `sin(t)`. The coefficients are sums of terms, or
    with `factored` products. `budget` and LimitError are as in `expand`. Raises ParseError on bad text.

    >>> collect("a*x^2 + b*x + c*x^2 + d", "x")
    x^2*(a + c) + b*x + d
    >>> collect("(sin(t) + y)^2 + y*sin(t)", "sin(t)")
    sin(t)^2 + 3*y*sin(t) + y^2
    """
    with calm, timed("collect", budget):
        return collected(expression(e), expression(x), factored, deep=deep).result


def rewritten(form: Form, e: Formula, *, deep: bool = True) -> Expr:
    """The formula in this form."""
    with calm:
        return settled(form, expression(e), deep=deep).result


class Settled(Rewriter):
    """A run, and its result."""

    result: Expr


def collected(e: Expr, x: Expr, factored: bool, *, deep: bool) -> Settled:
    """A run that gathers powers of x; what is no unknown of its own gets a symbol for the time being."""
    known = Rewriter(EXPANDED, x, deep=deep).run()
    stand_in = known if is_unknown(known) else unused(e, x)
    form = Form(in_powers(stand_in, factored), termwise=True, strict=True)
    run = settled(form, e if stand_in is known else subs(e, {x: stand_in}), deep=deep)
    if stand_in is not known:
        run.result = subs(run.result, {stand_in: x})
    return run


def is_unknown(e: Expr) -> bool:
    """Whether the expression is one generator wherever it stands."""
    if isinstance(e, App):
        return region_of(e) == "leaf" and root_of(e) is None and e.op is not ops.exp and bool(e.args)
    return isinstance(e, Sym)


def unused(*es: Expr) -> Sym:
    """A symbol that stands in none of the expressions, and sorts before most."""
    taken = {x.name for x in free_symbols(*es)}
    return Sym(next(name for n in count() if (name := f"A{n}") not in taken))


def settled(form: Form, e: Expr, *, deep: bool = True) -> Settled:
    """The first run over the formula, with the result of the last: roots and closed sums may take more than one."""
    first = Settled(form, e, deep=deep)
    first.result = first.run()
    last: Rewriter = first
    for _ in range(SETTLING):
        if not last.unsettled:
            break
        last = Rewriter(form, first.result, deep=deep)
        first.result, before = last.run(), first.result
        if first.result is before:
            break
    return first


# ---------------------------------------------------------------------------------------------------- how it is written


def as_terms(region: Region, writer: Writer, value: Product) -> Expr:
    """A sum of terms."""
    rows, scale = region.terms(value)
    return writer.sum_of(rows, exact_number(scale))


def as_fraction(region: Region, writer: Writer, value: Product) -> Expr:
    """A product of powers over another."""
    return writer.product(value)


def as_factors(region: Region, writer: Writer, value: Product) -> Expr:
    """A product of powers of irreducible polynomials."""
    return writer.product(region.factored(value))


def as_lowest_terms(region: Region, writer: Writer, value: Product) -> Expr:
    """A sum over a sum, each multiplied out where it is not too long; an exponential is never below the bar."""
    try:
        value = region.cancelled(region.product([multiplied(region, value, 1), multiplied(region, value, -1)]))
        beside = {i: n for i, n in value.generators.items() if n < 0 and region.generators[i].exponential}
        plain = {i: n for i, n in value.generators.items() if i not in beside}
        value = Product(value.number, plain, value.polys)
        over, under = terms_of(region.half(value, 1, CANCEL_ROOM)), region.half(value, -1, CANCEL_ROOM)
    except TooLargeError:
        return writer.product(value)
    for i, n in beside.items():
        tick()
        for row, _ in over:
            row[i] += n
    scale = Fraction(1, int(value.number.q))
    if under.is_constant() and (len(over) < 2 or isinstance(writer.number(scale), Num)):
        return writer.sum_of(over, scale)
    top = writer.sum_of(over)
    return top if under.is_one() else App(ops.div, (top, writer.polynomial(under)))


def multiplied(region: Region, value: Product, sign: int) -> Product:
    """What stands above the bar (sign 1) or below it (sign -1) as one polynomial in which no root can be resolved."""
    generators = {i: n for i, n in value.generators.items() if n * sign > 0}
    polys = [(p, n) for p, n in value.polys if n * sign > 0]
    number = fmpq(value.number.p) if sign > 0 else fmpq(1, value.number.q)
    if not polys:
        return Product(number, generators)
    p, extra = region.reduced(region.half(Product(fmpq(1), generators, polys), sign, CANCEL_ROOM), {})
    return region.product([region.content(p).raised(sign), extra.raised(sign), Product(number)])


# fmt: off
EXPANDED  = Form(as_terms,        termwise=True, room=MOST_TERMS, strict=True)
FACTORED  = Form(as_factors,      room=FACTOR_ROOM)
TOGETHER  = Form(as_fraction,     room=SUM_ROOM)
CANCELLED = Form(as_lowest_terms, room=SUM_ROOM)
# fmt: on
