"""What a rewriting loses: conditions under which the formula had a value, and which the result no longer asks."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from symdiff.algebra.budget import tick
from symdiff.algebra.poly import fmpz_mpoly, irreducible, quotient
from symdiff.algebra.rational.bottomup import Rewriter
from symdiff.algebra.rational.functions import Region
from symdiff.algebra.rational.products import Product
from symdiff.algebra.rational.regions import SUM, divides, root_of, whole_exponent
from symdiff.algebra.rational.written import Writer, terms_of
from symdiff.core import ops
from symdiff.core.exact import normalised
from symdiff.core.expr import App, Expr
from symdiff.core.fold import postorder
from symdiff.core.ops import ZERO


def lost(rewriter: Rewriter) -> list[Expr]:
    """What must hold where the result has a value and the input had none: `x != 0` where an x below a bar is gone."""
    found: dict[Expr, None] = {}
    for region, value in rewriter.met:
        tick()
        writer = rewriter.writer(region)
        for e, bad in vanished(region, value, writer):
            found[App(ops.ne, (e, bad))] = None
    for condition in left_domains(rewriter):
        found[condition] = None
    return list(found)


def vanished(region: Region, value: Product, writer: Writer) -> Iterable[tuple[Expr, Expr]]:
    """The denominators of the region that are no denominators of its value: what must not be what."""
    generators = {i for i, n in value.generators.items() if n < 0}
    polys = [p for p, n in value.polys if n < 0]
    if region.termwise:
        rows, _ = region.terms(value)
        generators = {i for row, _ in rows for i, n in enumerate(row) if n < 0}
        used = {i for row, _ in rows for i, n in enumerate(row) if n > 0}
        polys = [g.inverse for i in sorted(used) if (g := region.generators[i]).inverse is not None]
    for part in region.under:
        tick()
        for i, n in part.generators.items():
            if n > 0 and i not in generators and not region.generators[i].exponential:
                yield writer.power(i, region.generators[i].roots), ZERO
        for p, n in part.polys:
            if n > 0:
                yield from [not_zero(writer, q) for q, _ in irreducible(p) if is_lost(q, polys)]


def not_zero(writer: Writer, q: fmpz_mpoly) -> tuple[Expr, Expr]:
    """q and 0; for x - 1, x and 1; for x - y, x and y."""
    rows = terms_of(q)
    if len(rows) == 2 and not any(rows[1][0]) and sum(rows[0][0]) == 1:
        return writer.term(rows[0][0], 1), writer.number(normalised(Fraction(-rows[1][1], rows[0][1])))
    if [c for _, c in rows] == [1, -1] and sum(rows[0][0]) == sum(rows[1][0]) == 1:
        return writer.term(rows[0][0], 1), writer.term(rows[1][0], 1)
    return writer.polynomial(q), ZERO


def is_lost(q: fmpz_mpoly, polys: list[fmpz_mpoly]) -> bool:
    return not is_positive(q) and all([quotient(p, q) is None for p in polys])


def is_positive(q: fmpz_mpoly) -> bool:
    """Whether a polynomial is a sum of even powers with plus signs and a number: x^2 + 1 is never 0."""
    rows = [[int(n) for n in row] for row in q.monoms()]
    return min(q.coeffs()) > 0 and not any(rows[-1]) and all([n % 2 == 0 for row in rows for n in row])


def left_domains(rewriter: Rewriter) -> Iterable[Expr]:
    """Where the functions have values that the formula no longer mentions."""
    before, after = postorder(rewriter.root), set(postorder(rewriter.done[rewriter.root]))
    for node in before:
        tick()
        if isinstance(node, App) and restricted(node):
            new = rewriter.done.get(node)
            if new is not None and new not in after and node not in after:
                yield domain_of(node)


def restricted(node: App) -> bool:
    """Whether the node has values not everywhere, for a reason other than a bar."""
    return node.op.domain is not None and node.op not in SUM and not divides(node) and whole_exponent(node) is None


def domain_of(node: App) -> Expr:
    """The condition under which a function has a value."""
    under = root_of(node)
    if under is not None:
        return App(ops.ge if under[1] > 0 else ops.gt, (under[0], ZERO))
    return node.op.domain(*node.args)  # type: ignore[misc]  # its caller looked
