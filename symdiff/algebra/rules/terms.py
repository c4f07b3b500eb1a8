"""Sums read as terms and products as factors, with exact coefficients, and written back as a reader writes them.

What the rules need to see `x + 1 - x` as 1 and `y - x` as the opposite of `x - y`; the simplifier's own normal forms
do far more. Nothing here is larger than a chain: what is longer than LONG stays one part.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from symdiff.core import ops
from symdiff.core.exact import Exact, exact_quotient, normalised
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.ops import ONE, ZERO, rational, rational_value

LONG = 32  # terms of a sum, or factors of a product, that are looked at
BITS = 256  # of a number that takes the place of an operation on numbers

SUM = frozenset((ops.add, ops.sub, ops.neg))
PRODUCT = frozenset((ops.mul, ops.div, ops.neg))
TRUTH = ("relation", "logic")

Factors = dict[Expr, int]


class Term(NamedTuple):
    """coefficient * product of base^exponent; the exponents are integers and not 0, a lone number has no factors."""

    coefficient: Exact
    factors: Factors

    @property
    def key(self) -> frozenset[tuple[Expr, int]]:
        """What like terms have in common; for looking up, never for walking along."""
        return frozenset(self.factors.items())

    def scaled(self, k: Exact) -> Term:
        return Term(normalised(self.coefficient * k), self.factors)

    def times(self, other: Term) -> Term:
        factors = dict(self.factors)
        for base, n in other.factors.items():
            factors[base] = factors.get(base, 0) + n
        return Term(normalised(self.coefficient * other.coefficient), {base: n for base, n in factors.items() if n})

    def over(self, other: Term) -> Term | None:
        """The quotient, where every factor of `other` is there to be taken away: no new bar, and none that moves."""
        factors = dict(self.factors)
        for base, n in other.factors.items():
            rest = factors.pop(base, 0) - n
            if (rest + n) * n <= 0 or rest * n < 0:
                return None
            if rest:
                factors[base] = rest
        return Term(exact_quotient(self.coefficient, other.coefficient), factors) if other.coefficient else None

    def raised(self, n: int) -> Term:
        """self^n; of 0 to a negative power, as it stands."""
        if not self.coefficient and n < 0:
            return Term(1, {ZERO: n})
        return Term(normalised(Fraction(self.coefficient) ** n), {base: k * n for base, k in self.factors.items()})

    def inverse(self) -> Term | None:
        """1/self, where all factors stand below the bar, so that none gets there."""
        if not self.coefficient or any([n > 0 for n in self.factors.values()]):
            return None
        return Term(exact_quotient(1, self.coefficient), {base: -n for base, n in self.factors.items()})


def term_of(e: Expr) -> Term:
    """e as one term: its number, and its factors with integer exponents.

    What hides that it may have no value, 0*log(x) or x/x, stays one factor.
    """
    coefficient: Exact = 1
    factors: Factors = {}
    waiting = [(e, 1)]
    for _ in range(4 * LONG):
        if not waiting:
            return Term(coefficient, factors) if coefficient or not factors else Term(1, {e: 1})
        part, n = waiting.pop()
        if part.__class__ is Num and (part is not ZERO or n > 0):
            coefficient = normalised(coefficient * part.value) if n > 0 else exact_quotient(coefficient, part.value)
        elif part.__class__ is App and part.op in PRODUCT:
            coefficient = -coefficient if part.op is ops.neg else coefficient
            waiting += [(factor, -n if i and part.op is ops.div else n) for i, factor in enumerate(part.args)][::-1]
        else:
            power = integer_exponent(part) if part.__class__ is App and part.op is ops.pow else 0
            base, n = (part.args[0], n * power) if power else (part, n)
            before = factors.get(base, 0)
            if before * n < 0:
                break
            factors[base] = before + n
    return Term(1, {e: 1})


def integer_exponent(power: App) -> int:
    """n of a power u^n that may be taken apart as u u^(n-1); 0 for any other."""
    base, n = power.args
    if n.__class__ is Num and n.value.__class__ is int and base.__class__ is not Num and abs(n.value) < 1000:
        return int(n.value)
    return 0


def terms_of(e: Expr) -> list[Term]:
    """e as a sum of terms in the order in which they stand; like terms are not yet collected."""
    return [term_of(part).scaled(k) for k, part in summands(e)]


def summands(e: Expr) -> list[tuple[int, Expr]]:
    """The parts of a sum with their signs; the sum itself where it is longer than LONG."""
    found: list[tuple[int, Expr]] = []
    waiting = [(1, e)]
    while waiting:
        k, part = waiting.pop()
        if part.__class__ is App and part.op in SUM:
            waiting += [
                (-k if part.op is ops.neg or (i and part.op is ops.sub) else k, v) for i, v in enumerate(part.args)
            ][::-1]
        else:
            found.append((k, part))
        if len(found) + len(waiting) > LONG:
            return [(1, e)]
    return found


def collected(terms: Iterable[Term]) -> list[Term]:
    """The terms with like ones added and zeros left out."""
    found: dict[frozenset[tuple[Expr, int]], Term] = {}
    for term in terms:
        before = found.get(term.key)
        found[term.key] = (
            term if before is None else Term(normalised(before.coefficient + term.coefficient), before.factors)
        )
    return [term for term in found.values() if term.coefficient]


def difference(u: Expr, v: Expr) -> Expr:
    """u - v with like terms collected."""
    return ZERO if u is v else written_sum([*terms_of(u), *[term.scaled(-1) for term in terms_of(v)]])


def same(u: Expr, v: Expr) -> bool:
    """Whether two expressions are the same sum of terms, in whatever order; terms that cancel count as being there."""
    return u is v or (is_arithmetic(u) and is_arithmetic(v) and coefficients(u) == coefficients(v))


def coefficients(e: Expr) -> dict[frozenset[tuple[Expr, int]], Exact]:
    """The terms of a sum by their factors, for comparing."""
    found: dict[frozenset[tuple[Expr, int]], Exact] = {}
    for term in terms_of(e):
        if term.factors or term.coefficient:
            found[term.key] = found.get(term.key, 0) + term.coefficient
    return found


def is_arithmetic(e: Expr) -> bool:
    return e.__class__ is Num or (e.__class__ is App and (e.op in SUM or e.op in PRODUCT or e.op is ops.pow))


# ----------------------------------------------------------------------------------------------------------- writing


def written_sum(terms: Iterable[Term]) -> Expr:
    """The sum, like terms collected, one with a plus in front where there is one."""
    left = collected(terms)
    if not left:
        return ZERO
    first = next((i for i, term in enumerate(left) if term.coefficient > 0), 0)
    whole = written_product(left.pop(first))
    for term in left:
        if term.coefficient < 0:
            whole = App(ops.sub, (whole, written_product(term.scaled(-1))))
        else:
            whole = App(ops.add, (whole, written_product(term)))
    return whole


def written_product(term: Term) -> Expr:
    """The number, the factors, and those with negative exponents under one bar."""
    number, factors = term
    if not number or not factors:
        return rational(number)
    over = [powered(base, n) for base, n in factors.items() if n > 0]
    under = [powered(base, -n) for base, n in factors.items() if n < 0]
    top, bottom = number.numerator, number.denominator
    if top == -1 and over:
        over[0] = negated(over[0])
    elif top != 1 or not over:
        over.insert(0, Num(top))
    if bottom != 1:
        under.insert(0, Num(bottom))
    whole = product(over)
    return App(ops.div, (whole, product(under))) if under else whole


def negated(e: Expr) -> Expr:
    """-e; of a sum that has a minus somewhere, the sum with the other signs."""
    if e.__class__ is App and e.op in SUM and any([k < 0 for k, _ in summands(e)]):
        return written_sum([term.scaled(-1) for term in terms_of(e)])
    return App(ops.neg, (e,))


def powered(base: Expr, n: int) -> Expr:
    return base if n == 1 else App(ops.pow, (base, Num(n)))


def product(parts: list[Expr]) -> Expr:
    whole = parts[0] if parts else ONE
    for part in parts[1:]:
        whole = App(ops.mul, (whole, part))
    return whole


def made(op: Op, args: tuple[Expr, ...]) -> Expr:
    """The operation on these parts, with numbers worked out and like terms collected.

    >>> from symdiff import parse
    >>> made(ops.sub, (parse("x + 3"), parse("1 - y")))
    x + 2 + y
    """
    value = exact_value(op, args)
    if value is not None:
        return value
    if op in (ops.add, ops.sub):
        k = -1 if op is ops.sub else 1
        return written_sum([*terms_of(args[0]), *[term.scaled(k) for term in terms_of(args[1])]])
    if op is ops.neg:
        return written_sum([term.scaled(-1) for term in terms_of(args[0])])
    if op is ops.mul:
        return written_product(term_of(args[0]).times(term_of(args[1])))
    if op is ops.div or op is ops.pow:
        return written_product(term_of(App(op, args)))
    return App(op, args)


def exact_value(op: Op, args: tuple[Expr, ...]) -> Expr | None:
    """The value of an operation on numbers, where it is rational and of a reasonable size; a truth is 1 or 0."""
    if op.exact is None or not args:
        return None
    values = [rational_value(part) for part in args]
    if None in values:
        return None
    try:
        value: Exact | None = op.exact(*values)
    except (ValueError, ZeroDivisionError):
        return None  # it has no value, and stays to be seen
    if value is None or value.numerator.bit_length() + value.denominator.bit_length() > BITS:
        return None
    return rational(int(value) if value.__class__ is bool else value)
