"""How patterns match: they are expressions, and their symbols are blanks.

`a`, `b`, ... stand for any expression, `n` and `m` for integers, `p` and `q` for rational numbers. Operations match
operations, in both orders where these commute. Sums and products inside a pattern are equations: `a + 1` is solved
for a, `a - b` with both known is checked with like terms collected, and of `a + b` each term may be the one. Solving
never divides by what may be 0: a factor is taken away only where it stands.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeAlias

from symdiff.algebra.rules.terms import PRODUCT, SUM, Term, made, same, term_of, terms_of, written_product, written_sum
from symdiff.core import ops
from symdiff.core.exact import Exact, exact_quotient
from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import fold, free_symbols
from symdiff.core.ops import ONE, rational, rational_value

Bindings: TypeAlias = dict[Sym, Expr]
Pairs: TypeAlias = "tuple[tuple[Expr, Expr], ...]"
Ways: TypeAlias = "Iterator[tuple[Pairs, Bindings]]"

ARITHMETIC = SUM | PRODUCT
COMMUTATIVE = frozenset((*[row for row in ops.TABLE.values() if row.commutative], ops.eq, ops.ne))
MIRROR = {ops.lt: ops.gt, ops.gt: ops.lt, ops.le: ops.ge, ops.ge: ops.le}
NUMERIC = {"n": int, "m": int, "p": None, "q": None}  # blanks for numbers: integers, rationals
REST = Sym("rest")  # the common factor: no rule may use it


# ------------------------------------------------------------------------------------------------------------- matching


def matches(pairs: Pairs, bound: Bindings) -> Iterator[Bindings]:
    """Every way to fill the blanks so that each pattern becomes the expression beside it, as far as one looks."""
    stack: list[tuple[Any, Bindings]] = [(chain(pairs, None), bound)]
    while stack:
        waiting, bound = stack.pop()
        if waiting is None:
            yield bound
            continue
        (pattern, subject), rest = waiting
        found = [(chain(more, rest), filled) for more, filled in ways(pattern, subject, bound)]
        stack += reversed(found)


def chain(pairs: Pairs, rest: Any) -> Any:
    for pair in reversed(pairs):
        rest = (pair, rest)
    return rest


def ways(pattern: Expr, subject: Expr, bound: Bindings) -> Ways:
    """The ways to go on with one pair: the pairs of parts that are left, and the blanks filled by then."""
    if isinstance(pattern, Sym):
        yield from blank(pattern, subject, bound)
    elif isinstance(pattern, Num):
        if pattern is subject or rational_value(subject) == pattern.value:
            yield (), bound
    elif pattern.op in ARITHMETIC:
        yield from equation(pattern, subject, bound)
    elif subject.__class__ is App:
        if pattern.op is subject.op:
            yield tuple(zip(pattern.args, subject.args, strict=True)), bound
        if (pattern.op is subject.op and pattern.op in COMMUTATIVE) or MIRROR.get(pattern.op) is subject.op:
            yield tuple(zip(pattern.args, reversed(subject.args), strict=True)), bound


def blank(x: Sym, subject: Expr, bound: Bindings) -> Ways:
    """A symbol of a pattern: what it holds already, or anything of its kind."""
    if x in bound:
        if same(bound[x], subject):
            yield (), bound
    elif x.name not in NUMERIC:
        yield (), {**bound, x: subject}
    elif (value := rational_value(subject)) is not None and NUMERIC[x.name] in (None, value.__class__):
        yield (), {**bound, x: rational(value)}


def equation(pattern: App, subject: Expr, bound: Bindings) -> Ways:
    """A sum or a product in a pattern."""
    parts = PATTERN_TERMS.get(pattern)
    if parts is None:
        parts = PATTERN_TERMS[pattern] = terms_of(pattern)
    terms = terms_of(subject)
    if len(parts) > 1:
        yield from sum_equation(parts, terms, bound)
    elif len(terms) == 1:
        yield from product_equation(parts[0], terms[0], bound)
    else:
        yield from multiple(parts[0], terms, bound)


PATTERN_TERMS: dict[Expr, list[Term]] = {}  # of patterns, which live as long as their rules


def multiple(part: Term, terms: list[Term], bound: Bindings) -> Ways:
    """A pattern such as -a beside a sum: the sum with the other signs, if it begins with a minus."""
    base, exponent = next(iter(part.factors.items()), (ONE, 0))
    if len(part.factors) != 1 or exponent != 1:
        yield from product_equation(part, Term(1, {written_sum(terms): 1}), bound)
    elif base in bound or part.coefficient > 0 or terms[0].coefficient < 0:
        k = exact_quotient(1, part.coefficient)
        yield ((base, written_sum([term.scaled(k) for term in terms])),), bound


def sum_equation(parts: list[Term], terms: list[Term], bound: Bindings) -> Ways:
    """A pattern of several terms: what holds an operation first, then what is known, then the blanks."""
    for i, part in enumerate(parts):
        if is_solid(part):
            rest = written_sum([*parts[:i], *parts[i + 1 :]])
            for j, term in enumerate(terms):
                others = written_sum([*terms[:j], *terms[j + 1 :]])
                yield ((written_product(part), written_product(term)), (rest, others)), bound
            return
    known = [part for part in parts if all([base in bound or base.__class__ is not Sym for base in part.factors])]
    unknown = [part for part in parts if part not in known]
    away = [term for part in known for term in terms_of(filled(written_product(part), bound))]
    present = {term.key for term in terms}
    if not unknown or all([not term.factors or term.key in present for term in away]):
        left = written_sum([*terms, *[term.scaled(-1) for term in away]])
        yield from solved(unknown, terms_of(left), bound)


def solved(unknown: list[Term], left: list[Term], bound: Bindings) -> Ways:
    """A sum of blanks: one is the rest; of two, a blank for numbers is the number, or each term is tried."""
    if not unknown:
        if written_sum(left) is ops.ZERO:
            yield (), bound
    elif len(unknown) == 1:
        yield ((written_product(unknown[0]), written_sum(left)),), bound
    elif len(unknown) == 2:
        first, second = map(written_product, unknown)
        if numeric_blank(second):
            for number, others in numbers_of(left, second):
                yield ((second, rational(number)), (first, written_sum(others))), bound
            return
        for i, term in enumerate(left if len(left) > 1 else ()):
            one, rest = written_product(term), written_sum([*left[:i], *left[i + 1 :]])
            yield ((second, one), (first, rest)), bound
            yield ((first, one), (second, rest)), bound


def numeric_blank(e: Expr) -> bool:
    return e.__class__ is Sym and e.name in NUMERIC


def numbers_of(terms: list[Term], x: Expr) -> Iterator[tuple[Exact, list[Term]]]:
    """The number in a sum, or its integer part for a blank for integers, and what is left without it."""
    for term in terms if len(terms) > 1 else ():
        number = math.floor(term.coefficient) if x.__class__ is Sym and NUMERIC[x.name] else term.coefficient
        if not term.factors and number:
            yield number, [*terms, Term(-number, {})]


def product_equation(part: Term, term: Term, bound: Bindings) -> Ways:
    """A pattern of factors beside a product: operations first, then what is known, then the blanks."""
    for base, n in part.factors.items():
        if base.__class__ is not Sym:
            rest = written_product(Term(part.coefficient, {b: k for b, k in part.factors.items() if b is not base}))
            for factor in term.factors:
                if (others := term.over(Term(1, {factor: n}))) is not None:
                    yield ((base, factor), (rest, written_product(others))), bound
            return
    left: Term | None = term
    unknown: list[tuple[Sym, int]] = []
    for base, n in part.factors.items():
        if isinstance(base, Sym) and base not in bound:
            unknown.append((base, n))
        elif isinstance(base, Sym) and left is not None:
            left = left.over(term_of(bound[base]).raised(n))
    signed = part.coefficient > 0 or term.coefficient < 0 or not unknown or REST in dict(unknown)
    if left is not None and left.coefficient and signed:
        yield from solved_product(unknown, left.scaled(exact_quotient(1, part.coefficient)), bound)


def solved_product(unknown: list[tuple[Sym, int]], left: Term, bound: Bindings) -> Ways:
    """A product of blanks: one is the rest; of two, a blank for numbers is the number, or each factor is tried."""
    if not unknown:
        if left.coefficient == 1 and not left.factors:
            yield (), bound
    elif len(unknown) == 1:
        (x, n) = unknown[0]
        value = left if n == 1 else left.inverse() if n == -1 else None
        if value is not None:
            yield ((x, written_product(value)),), bound
    elif len(unknown) == 2:
        (x, n), (y, k) = unknown
        for one, others in splits(left, numeric_blank(x), k):
            if n == 1:
                yield ((x, written_product(one)), (y, written_product(others))), bound


def splits(term: Term, number: bool, exponent: int) -> Iterator[tuple[Term, Term]]:
    """The number and the rest; the parts above and below the bar; or one factor and the others, and the reverse."""
    if number:
        if term.factors and term.coefficient != 1:
            yield Term(term.coefficient, {}), Term(1, term.factors)
    elif exponent == -1:
        below = {base: n for base, n in term.factors.items() if n < 0}
        under = Term(1, below).inverse()
        if below and under is not None:
            yield Term(term.coefficient, {base: n for base, n in term.factors.items() if n > 0}), under
    elif exponent == 1 and len(term.factors) > 1:
        for base, n in term.factors.items():
            one, others = (
                Term(1, {base: n}),
                Term(term.coefficient, {b: k for b, k in term.factors.items() if b is not base}),
            )
            yield one, others
            yield others, one


# --------------------------------------------------------------------------------------------------------- a first look

Shape: TypeAlias = "frozenset[Any] | None"  # operations, or the class of numbers; None: anything

SUMS, PRODUCTS = frozenset((ops.add, ops.sub)), frozenset((ops.mul, ops.div, ops.neg, ops.pow))
NUMBERS = frozenset((Num, ops.div, ops.neg))


def shapes(patterns: tuple[Expr, ...]) -> tuple[Shape, ...]:
    """What can match each pattern at all, those before it having been matched."""
    return tuple([shape(pattern, set(free_symbols(*patterns[:i]))) for i, pattern in enumerate(patterns)])


def shape(pattern: Expr, known: set[Sym]) -> Shape:
    if pattern.__class__ is Sym:
        return NUMBERS if numeric_blank(pattern) else None
    if pattern.__class__ is not App:
        return NUMBERS
    if pattern.op not in ARITHMETIC:
        return frozenset((pattern.op, MIRROR.get(pattern.op)))
    parts, blanks = terms_of(pattern), [x for x in free_symbols(pattern) if x not in known]
    if len(parts) > 1:
        plain = any([not part.factors for part in parts])
        return SUMS if len(blanks) > 1 or (plain and any(map(is_solid, parts))) else None
    if len(blanks) > 1:
        return PRODUCTS
    return ARITHMETIC | {Num} if parts[0].coefficient < 0 and not is_solid(parts[0]) else None


def is_solid(part: Term) -> bool:
    """Whether a term of a pattern holds an operation on blanks."""
    return any([base.__class__ is App and base.args for base in part.factors])


def fit(shapes: tuple[Shape, ...], subjects: tuple[Expr, ...]) -> bool:
    """Whether each subject has the shape in its place."""
    for allowed, e in zip(shapes, subjects, strict=True):
        if allowed is not None and (e.op if e.__class__ is App else e.__class__) not in allowed:
            return False
    return True


def filled(pattern: Expr, bound: Bindings) -> Expr:
    """The pattern with its blanks filled, numbers worked out and like terms collected."""
    return fold(pattern, num=lambda n: n, sym=lambda x: bound[x], app=lambda node, parts: made(node.op, tuple(parts)))
