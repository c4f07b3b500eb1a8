"""Sums gathered by the powers of one unknown, for `collect`."""

from __future__ import annotations

from symdiff.algebra.poly import fmpq
from symdiff.algebra.rational.bottomup import Write
from symdiff.algebra.rational.functions import Region
from symdiff.algebra.rational.products import Product
from symdiff.algebra.rational.written import Writer, exact_number
from symdiff.core import ops
from symdiff.core.expr import App, Expr

Rows = list[tuple[list[int], int]]


def in_powers(x: Expr, factored: bool) -> Write:
    """How a sum is written by powers of x, the highest first; what has no x comes last, term by term."""

    def write(region: Region, writer: Writer, value: Product) -> Expr:
        rows, scale = region.terms(value)
        i = region.index.get((x, False))
        if i is None:
            return writer.sum_of(rows, exact_number(scale))
        layers: dict[int, Rows] = {}
        for row, c in sorted(rows, key=writer.rank()):
            layers.setdefault(row[i], []).append(([*row[:i], 0, *row[i + 1 :]], c))
        parts: list[tuple[bool, Expr]] = []
        for n in sorted(layers, reverse=True):
            parts += layer(region, writer, i, n, layers[n], scale, factored)
        return writer.added(parts)

    return write


def layer(
    region: Region, writer: Writer, i: int, n: int, rows: Rows, scale: fmpq, factored: bool
) -> list[tuple[bool, Expr]]:
    """The terms with the n-th power of generator i, without their signs: whether each is negative, and what it is."""
    number = exact_number(scale)
    if n == 0 or len(rows) == 1:
        return [(c * number < 0, writer.term(with_power(row, i, n), max(c * number, -c * number))) for row, c in rows]
    negative = rows[0][1] * number < 0
    if factored:
        return [(negative, writer.product(coefficient(region, rows, i, n, scale * (-1 if negative else 1))))]
    return [(negative, beside(writer, i, n, writer.sum_of(rows, -number if negative else number)))]


def with_power(row: list[int], i: int, n: int) -> list[int]:
    return [*row[:i], n, *row[i + 1 :]]


def beside(writer: Writer, i: int, n: int, coefficient_sum: Expr) -> Expr:
    """A sum times the n-th power of generator i."""
    if n < 0:
        return App(ops.div, (coefficient_sum, writer.power(i, -n)))
    return App(ops.mul, (writer.power(i, n), coefficient_sum))


def coefficient(region: Region, rows: Rows, i: int, n: int, scale: fmpq) -> Product:
    """A sum of terms as a product of irreducible factors, with the n-th power of generator i."""
    gathered = region.gathered(rows, scale)
    return region.factored(region.product([gathered, Product(fmpq(1), {i: n})]))
