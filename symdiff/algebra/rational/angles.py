"""Sines and cosines of sums, written in the single angles, and products of them written as sums of multiple angles.

    sin(u + v) = sin(u) cos(v) + cos(u) sin(v)
    cos(n u) = sum over even k of (-1)^(k/2) C(n, k) cos(u)^(n-k) sin(u)^k

(DLMF 4.21). Tangents go through sine and cosine: tan(x + y) has a value at x = pi/2, y = 1, where
(tan(x) + tan(y))/(1 - tan(x)*tan(y)) has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import comb, prod

from symdiff.algebra.budget import Budget, tick, timed
from symdiff.algebra.normal import normal
from symdiff.algebra.rational.bottomup import SETTLING, Form, Rewriter
from symdiff.algebra.rational.functions import Region
from symdiff.algebra.rational.products import Product
from symdiff.algebra.rational.written import Writer, exact_number
from symdiff.algebra.verbs import EXPANDED, rewritten, settled
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.fold import fold, postorder
from symdiff.core.ops import ONE, ZERO, rational
from symdiff.text.parse import Formula, expression

MOST_PRODUCTS = 2_000  # of sines and cosines that one function may be written with

Pair = tuple[Expr, Expr]  # sine and cosine of one angle

# fmt: off
#            of its sine and cosine
CIRCULAR = {
    ops.sin: lambda s, c: s,
    ops.cos: lambda s, c: c,
    ops.tan: lambda s, c: s/c,
    ops.cot: lambda s, c: c/s,
    ops.sec: lambda s, c: 1/c,
    ops.csc: lambda s, c: 1/s,
}
HYPERBOLIC = {
    ops.sinh: lambda s, c: s,
    ops.cosh: lambda s, c: c,
    ops.tanh: lambda s, c: s/c,
    ops.coth: lambda s, c: c/s,
    ops.sech: lambda s, c: 1/c,
    ops.csch: lambda s, c: 1/s,
}
HALF, ROOT2, ROOT3 = rational(Fraction(1, 2)), ops.sqrt(2)/2, ops.sqrt(3)/2
FIRST_QUADRANT: dict[Fraction, Pair] = {  # multiples of pi with a known sine and cosine
    Fraction(0):    (ZERO,  ONE),
    Fraction(1, 6): (HALF,  ROOT3),
    Fraction(1, 4): (ROOT2, ROOT2),
    Fraction(1, 3): (ROOT3, HALF),
}
# fmt: on


def expand_trig(e: Formula, *, budget: Budget | float | None = None) -> Expr:
    """The formula with functions of sums and of multiple angles written in the single angles; hyperbolic ones too.

    An angle is a term of the sum without its integer factor; multiples of pi/6 and pi/4 get their values. A function
    that would become more than 2,000 products is left as it is. Like terms are collected, nothing else is multiplied
    out. Raises LimitError where it takes longer than `budget` (seconds or a Budget; 10 s), ParseError on bad text.

    >>> expand_trig("sin(x + y)")
    cos(x)*sin(y) + cos(y)*sin(x)
    >>> expand_trig("cos(2*x)")
    cos(x)^2 - sin(x)^2
    """
    e = expression(e)
    with calm, timed("expand_trig", budget):
        reader = Rewriter(EXPANDED, e)
        whole = fold(e, lambda n: n, lambda s: s, lambda node, parts: single(reader, App(node.op, (*parts,))))
        return normal(whole, tick)


def single(reader: Rewriter, node: App) -> Expr:
    """A function of a sum of angles, in the single angles; any other node as it is."""
    tick()
    of = CIRCULAR.get(node.op) or HYPERBOLIC.get(node.op)
    terms = reader.terms(node.args[0]) if of else None
    if not of or not terms:
        return node
    circular = node.op in CIRCULAR
    angles = [angle(term, n, circular) for term, n in terms.items()]
    if prod([abs(n) + 1 for _, n in angles]) > MOST_PRODUCTS or is_single(angles, circular):
        return node
    whole = pair(*angles[0], circular)
    for term, n in angles[1:]:
        whole = joint(whole, pair(term, n, circular), circular)
    result: Expr = of(*whole)
    if result in whole:  # the other of the two is not needed
        result = rewritten(EXPANDED, result)
    else:
        result = of(rewritten(EXPANDED, whole[0]), rewritten(EXPANDED, whole[1]))
    return result


def is_single(angles: list[tuple[Expr, int]], circular: bool) -> bool:
    """Whether there is one angle, taken once, whose sine and cosine are not known numbers."""
    return len(angles) == 1 and abs(angles[0][1]) == 1 and not (circular and circular_value(angles[0][0]))


def angle(term: Expr, n: Exact, circular: bool) -> tuple[Expr, int]:
    """A term of a sum as an angle and how often it is taken: an integer factor is split off, any other stays."""
    if n.denominator == 1 and term is not ONE and not (circular and term is PI):
        return term, int(n)
    return App(ops.mul, (rational(max(n, -n)), term)), -1 if n < 0 else 1


PI = ops.pi()


def circular_value(e: Expr) -> Pair | None:
    """Sine and cosine of a multiple of pi, where they are known."""
    if not (isinstance(e, App) and e.op is ops.mul and e.args[1] is PI):
        return None
    n = ops.rational_value(e.args[0])
    if n is None:
        return None
    quarters, rest = divmod(Fraction(n), Fraction(1, 2))
    known = FIRST_QUADRANT.get(rest)
    if known is None:
        return None
    s, c = known
    return [(s, c), (c, ops.neg(s)), (ops.neg(s), ops.neg(c)), (ops.neg(c), s)][quarters % 4]


def pair(term: Expr, n: int, circular: bool) -> Pair:
    """Sine and cosine of n times an angle."""
    known = circular_value(term) if circular else None
    if known is None:
        known = (ops.sin(term), ops.cos(term)) if circular else (ops.sinh(term), ops.cosh(term))
    s, c = known
    m = abs(n)
    sine = add([alternating(k // 2, circular) * comb(m, k) * c ** (m - k) * s**k for k in range(1, m + 1, 2)])
    cosine = add([alternating(k // 2, circular) * comb(m, k) * c ** (m - k) * s**k for k in range(0, m + 1, 2)])
    return (ops.neg(sine) if n < 0 else sine), cosine


def alternating(k: int, circular: bool) -> int:
    return -1 if circular and k % 2 else 1


def joint(u: Pair, v: Pair, circular: bool) -> Pair:
    """Sine and cosine of the sum of two angles."""
    cosine = u[1] * v[1] - u[0] * v[0] if circular else u[1] * v[1] + u[0] * v[0]
    return u[0] * v[1] + u[1] * v[0], cosine


def add(terms: Iterable[Expr]) -> Expr:
    whole: Expr | None = None
    for term in terms:
        tick()
        whole = term if whole is None else App(ops.add, (whole, term))
    return ZERO if whole is None else whole


# --------------------------------------------------------------------------------------------------------- contracting


def contract_trig(e: Formula, *, budget: Budget | float | None = None) -> Expr:
    """The formula with products and powers of sines and cosines written as sums of multiple angles; hyperbolic too.

    What else there is is multiplied out, as `expand` does; what stands below a bar is left as it is. `budget` and
    LimitError are as in `expand`. Raises ParseError on bad text.

    >>> contract_trig("sin(x)*cos(y)")
    sin(x + y)/2 + sin(x - y)/2
    >>> contract_trig("cos(x)^2")
    cos(2*x)/2 + 1/2
    """
    e = expression(e)
    with calm, timed("contract_trig", budget):
        for _ in range(SETTLING):
            before, e = e, contracted(e)
            if e is before or not may_hold_products(e):
                break
        return e


def contracted(e: Expr) -> Expr:
    """One run. What is a product of sines only once like terms or known values have met is left to the next."""
    whole = rewritten(EXPANDED, settled(CONTRACTED, e).result)
    reader = Rewriter(EXPANDED, whole)
    known = fold(whole, lambda n: n, lambda s: s, lambda node, parts: valued(reader, App(node.op, (*parts,))))
    return whole if known is whole else rewritten(EXPANDED, known)


def may_hold_products(e: Expr) -> bool:
    """Whether two sines or cosines are multiplied in some term of a formula that has been expanded."""
    counts: dict[Expr, int] = {}
    for node in postorder(e):
        tick()
        counts[node] = waves_of(node, counts) if isinstance(node, App) else 0
    return max(counts.values()) > 1


def waves_of(node: App, counts: Mapping[Expr, int]) -> int:
    """How many sines and cosines a product holds above its bar, each as often as it is taken."""
    if node.op in (ops.sin, ops.cos, ops.sinh, ops.cosh):
        return 1
    if node.op is ops.mul:
        return counts[node.args[0]] + counts[node.args[1]]
    if node.op is ops.pow:
        n = ops.rational_value(node.args[1])
        return counts[node.args[0]] * max(int(n), 0) if n is not None and n.denominator == 1 else 0
    return counts[node.args[0]] if node.op in (ops.neg, ops.div) else 0


def valued(reader: Rewriter, node: App) -> Expr:
    """The sine or cosine of a multiple of pi where it is known; any other node as it is."""
    tick()
    if node.op not in (ops.sin, ops.cos):
        return node
    terms = list((reader.terms(node.args[0]) or {}).items())
    known = circular_value(App(ops.mul, (rational(terms[0][1]), PI))) if len(terms) == 1 and terms[0][0] is PI else None
    return node if known is None else known[0] if node.op is ops.sin else known[1]


def as_multiple_angles(region: Region, writer: Writer, value: Product) -> Expr:
    """A sum of terms in which no two sines or cosines of one kind are multiplied; not yet in order."""
    rows, scale = region.terms(value)
    number = exact_number(scale)
    return add([multiple_angles(region, writer, row, c * number) for row, c in rows])


CONTRACTED = Form(as_multiple_angles, termwise=True, strict=True)


def multiple_angles(region: Region, writer: Writer, row: list[int], number: Exact) -> Expr:
    """One term of the sum."""
    rest = list(row)
    factors: list[Expr] = []
    for sine, cosine, circular in ((ops.sin, ops.cos, True), (ops.sinh, ops.cosh, False)):
        powers = powers_of(region, row, sine, cosine)
        count = sum([n for _, _, n in powers])
        if count < 2 or prod([n + 1 for _, _, n in powers]) > MOST_PRODUCTS:
            continue
        for i, _, _ in powers:
            rest[i] = 0
        number = number * Fraction(1, 2**count)
        factors.append(waves(powers, sine, cosine, circular))
    return add([writer.term(rest, number)]) if not factors else product([writer.term(rest, number), *factors])


def product(factors: list[Expr]) -> Expr:
    whole = factors[0]
    for factor in factors[1:]:
        whole = App(ops.mul, (whole, factor))
    return whole


def powers_of(region: Region, row: list[int], sine: Op, cosine: Op) -> list[tuple[int, App, int]]:
    """The sines and cosines of one kind in a term: generator, function, exponent; powers that are no integers stay."""
    found = []
    for i, n in enumerate(row):
        of, roots = region.generators[i].of, region.generators[i].roots
        whole = n > 0 and n % roots == 0 and not region.generators[i].exponential
        if whole and isinstance(of, App) and of.op in (sine, cosine):
            found.append((i, of, n // roots))
    return found


def waves(powers: list[tuple[int, App, int]], sine: Op, cosine: Op, circular: bool) -> Expr:
    """2^n times a product of n sines and cosines, as a sum of sines or cosines.

    With cos u = (w + 1/w)/2 and sin u = (w - 1/w)/2i, w = e^(iu), the product is a sum of c e^(iv), in which -v has the
    coefficient of v, with a minus if the sines are odd in number. Hyperbolic ones have no i.
    """
    angles = list(dict.fromkeys([of.args[0] for _, of, _ in powers]))
    found = {(0,) * len(angles): 1}
    sines = 0
    for _, of, n in powers:
        place, odd = angles.index(of.args[0]), of.op is sine
        sines += n if odd else 0
        found = shifted(found, place, n, odd)
    sign = -1 if circular and sines // 2 % 2 else 1
    wave = sine if sines % 2 else cosine
    return add([Num(sign * c) * wave(combined(angles, row)) for row, c in found.items() if c])


def shifted(found: dict[tuple[int, ...], int], place: int, n: int, odd: bool) -> dict[tuple[int, ...], int]:
    """The sum times (w +- 1/w)^n."""
    result: dict[tuple[int, ...], int] = {}
    for row, c in found.items():
        tick()
        for k in range(n + 1):
            new = (*row[:place], row[place] + n - 2 * k, *row[place + 1 :])
            result[new] = result.get(new, 0) + c * comb(n, k) * (-1 if odd and k % 2 else 1)
    return result


def combined(angles: list[Expr], row: tuple[int, ...]) -> Expr:
    """A sum of multiples of angles."""
    return add([App(ops.mul, (Num(n), u)) for n, u in zip(row, angles, strict=True) if n])
