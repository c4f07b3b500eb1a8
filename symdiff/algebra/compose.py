"""How sums, products and powers are put together as a reader writes them, and what they cost.

Like terms and like factors meet, numbers come first in a product and last in a sum, negative exponents stand below one
bar, and a minus goes where it costs least. One composer serves one piece of work: it remembers costs and order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import lcm

from symdiff.algebra.measure import Measure, reading
from symdiff.algebra.shapes import (
    HALF,
    OPENED,
    TASTE,
    WITH_NUMBER,
    Factor,
    Term,
    bits,
    chained,
    denominator,
    has_minus,
    is_product,
    is_sum,
    own_power,
    summands,
    taste,
)
from symdiff.core import ops
from symdiff.core.exact import Exact, exact_power, is_decimal, normalised
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.ops import MINUS_ONE, ONE, ZERO, rational_value
from symdiff.core.order import Key, ordering

BITS = 256  # of a number that takes the place of a power
NOWHERE = App(ops.div, (ONE, ZERO))  # what has no value anywhere, and must stay to be seen
MARGIN = 1e-6  # by which a form has to be cheaper to take the place of what is written


class Composer:
    """Makes sums, products and powers; `cost` is the measure of a whole, with a little taste between equals."""

    def __init__(self, measure: Measure = reading, *, decimals: bool = False) -> None:
        self.measure = measure
        self.decimals = decimals
        self.costs: dict[Expr, float] = {}
        self.degrees: dict[Expr, Exact] = {}
        self.key = ordering()
        self.products: dict[tuple[Exact, tuple[Factor, ...]], Expr] = {}  # three of four are asked for again
        self.apart: dict[Expr, tuple[Exact, tuple[Factor, ...]]] = {}
        self.coefficients: dict[Expr, Term] = {}
        self.denominators: dict[Expr, int] = {}
        self.together: dict[tuple[Op, tuple[Expr, ...]], Expr] = {}  # nodes put together anew of these parts
        self.unruled: set[Expr] = set()  # what no rule makes smaller
        self.closed: set[Expr] = set()  # what is not looked into

    def open_all(self) -> None:
        """Nothing is closed any more, and what was put together or counted so is forgotten."""
        if self.closed:
            self.closed.clear()
            self.costs.clear()
            self.forget()

    def forget(self) -> None:
        """What was put together before something was closed, or open again."""
        self.products.clear()
        self.apart.clear()
        self.coefficients.clear()
        self.degrees.clear()
        self.together.clear()
        self.unruled.clear()

    # ----------------------------------------------------------------------------------------------------------- cost

    def cost(self, e: Expr) -> float:
        """The measure of the tree, remembered."""
        costs = self.costs
        if e in costs:
            return costs[e]
        stack = [e]
        while stack:
            node = stack[-1]
            waiting = [part for part in node.args if part not in costs]
            if waiting:
                stack += waiting
            else:
                costs[node] = self.measure(node) + taste(node) + sum([costs[part] for part in node.args])
                stack.pop()
        return costs[e]

    def best(self, candidates: Iterable[Expr]) -> Expr:
        """The cheapest; of equals, the first in structural order."""
        found = list(dict.fromkeys(candidates))
        if len(found) == 1:
            return found[0]
        costs = [self.cost(e) for e in found]
        least = min(costs) + TASTE / 1e4
        ties = [e for e, cost in zip(found, costs, strict=True) if cost <= least]
        return ties[0] if len(ties) == 1 else min(ties, key=self.key)

    def cheaper(self, written: Expr, other: Expr) -> Expr:
        """What is written, unless the other costs less: taste alone changes nothing."""
        return other if self.cost(other) < self.cost(written) - MARGIN else written

    # ---------------------------------------------------------------------------------------------------------- numbers

    def number(self, q: Exact) -> Expr:
        """A number as it is written: a decimal where the formula has some and it ends, else a quotient."""
        if q.denominator == 1:
            return Num(q.numerator)
        if self.decimals and is_decimal(q):
            return Num(q)
        return App(ops.div, (Num(q.numerator), Num(q.denominator)))

    # ------------------------------------------------------------------------------------------------------------- sums

    def sum(self, terms: Iterable[Term]) -> Expr:
        """The sum of numbers times terms; the term 1 stands for the number alone."""
        found: dict[Expr, Exact] = {}
        for c, term in terms:
            for n, part in self.opened(c, term):
                found[part] = found.get(part, 0) + n
        if NOWHERE in found:
            return NOWHERE
        left = {part: normalised(n) for part, n in found.items() if n}
        if not left:
            return ZERO
        arranged = sorted([part for part in left if part is not ONE], key=self.rank)
        if ONE in left:
            arranged.append(ONE)
        first: Expr = next((part for part in arranged if left[part] > 0), arranged[0])
        whole = self.times(left[first], first)
        for part in arranged:
            if part is not first:
                n = left[part]
                whole = App(ops.sub if n < 0 else ops.add, (whole, self.times(max(n, -n), part)))
        return whole

    def opened(self, c: Exact, term: Expr) -> list[Term]:
        """c times an expression as terms without numbers of their own; a sum is opened where c is 1 or -1."""
        if term.__class__ is not App or term.op not in OPENED:
            number, rest = self.coefficient(term)
            return [(number if c == 1 else c * number, rest)]
        result: list[Term] = []
        stack: list[Term] = [(c, term)]
        while stack:
            n, e = stack.pop()
            if e in self.closed:
                result.append((n, e))
            elif e.__class__ is App and n in (1, -1) and e.op in (ops.add, ops.sub):
                stack += [(-n if e.op is ops.sub else n, e.args[1]), (n, e.args[0])]
            elif e.__class__ is App and e.op is ops.neg:
                stack.append((-n, e.args[0]))
            else:
                number, rest = self.coefficient(e)
                result.append((n * number, rest))
        return result

    def coefficient(self, e: Expr) -> Term:
        """An expression as a number and the rest."""
        if e.__class__ is Num:
            return e.value, ONE
        if e.__class__ is not App or e.op not in WITH_NUMBER or e in self.closed:
            return 1, e
        found = self.coefficients.get(e)
        if found is None:
            number, factors = self.factors(e)
            found = self.coefficients[e] = (1, e) if number == 1 else (number, self.product(1, factors))
        return found

    def times(self, c: Exact, term: Expr) -> Expr:
        if c == 1:
            return term
        if term is ONE:
            return self.number(c)
        number, factors = self.factors(term)
        return self.product(c * number, factors)

    def rank(self, part: Expr) -> tuple[Exact, Key]:
        return -self.degree(part), self.key(part)

    def degree(self, e: Expr) -> Exact:
        """The sum of the exponents of the factors."""
        if e not in self.degrees:
            self.degrees[e] = sum([n for _, n in self.factors(e)[1]])
        return self.degrees[e]

    # --------------------------------------------------------------------------------------------------------- products

    def factors(self, e: Expr) -> tuple[Exact, tuple[Factor, ...]]:
        """An expression as a number and powers."""
        found = self.apart.get(e)
        if found is None:
            found = self.apart[e] = self.taken_apart(e)
        return found

    def taken_apart(self, e: Expr) -> tuple[Exact, tuple[Factor, ...]]:
        number: Exact = 1
        found: list[Factor] = []
        stack: list[Factor] = [(e, 1)]
        while stack:
            node, n = stack.pop()
            if node in self.closed:
                found.append((node, n))
                continue
            if node is ZERO and n < 0:
                return 1, ((NOWHERE, 1),)
            if node.__class__ is Num and n in (1, -1):
                number = number * node.value if n > 0 else Fraction(number) / node.value
                continue
            op = node.op if node.__class__ is App else None
            if op is ops.mul:
                stack += [(node.args[1], n), (node.args[0], n)]
            elif op is ops.div:
                stack += [(node.args[1], -n), (node.args[0], n)]
            elif op is ops.neg and n.denominator == 1:
                number = -number if n % 2 else number
                stack.append((node.args[0], n))
            elif op is ops.sqrt:
                found.append((node.args[0], n * HALF))
            elif op is ops.pow and (q := rational_value(node.args[1])) is not None and q:
                if q.denominator == 1 and is_product(node.args[0]):
                    found.append((node, n))
                else:
                    found.append((node.args[0], n * q))
            else:
                found.append((node, n))
        return normalised(number), tuple(found)

    def product(self, number: Exact, factors: Iterable[Factor]) -> Expr:
        """A number times powers, like bases together."""
        asked = (number, tuple(factors))
        found = self.products.get(asked)
        if found is None:
            found = self.products[asked] = self.new_product(*asked)
        return found

    def new_product(self, number: Exact, factors: tuple[Factor, ...]) -> Expr:
        if number == 0 and any([base is NOWHERE for base, _ in factors]):
            return NOWHERE
        number, found = self.gathered(number, factors)
        if NOWHERE in found or found.get(ZERO, 0) < 0:
            return NOWHERE
        if number == 0 or ZERO in found:
            return ZERO
        number, found = self.cleared(number, found)
        arranged = sorted(found, key=self.key) if len(found) > 1 else list(found)
        over = [self.power(b, found[b]) for b in arranged if found[b] > 0]
        under = [self.power(b, -found[b]) for b in arranged if found[b] < 0]
        top, bottom = (number, 1) if self.decimals and is_decimal(number) else (number.numerator, number.denominator)
        if bottom != 1:
            under.insert(0, Num(bottom))
        minus = False
        if top < 0:
            minus = not (self.takes_minus(over) or self.takes_minus(under))
            top = -top
        if top != 1 or not over:
            over.insert(0, Num(-top if minus else top))
        elif minus:
            over[0] = App(ops.neg, (over[0],))
        if not under:
            return chained(over)
        return App(ops.div, (chained(over), chained(under)))

    def takes_minus(self, parts: list[Expr]) -> bool:
        """Turn a sum around, a - b into b - a, so that it takes a minus; whether there is one that gets no longer."""
        for i, part in enumerate(parts):
            if is_sum(part) and part not in self.closed and has_minus(part):
                turned = self.sum([(-1, part)])
                if self.cost(turned) < self.cost(part) + 0.5:
                    parts[i] = turned
                    return True
        return False

    def gathered(self, number: Exact, factors: Sequence[Factor]) -> tuple[Exact, dict[Expr, Exact]]:
        """Like bases together, numbers to whole powers in the number, roots of numbers under one root."""
        found: dict[Expr, Exact] = {}
        numeric: list[Num] = []
        if any([base.__class__ is App and base.op in WITH_NUMBER and n in (1, -1) for base, n in factors]):
            factors = list(self.without_products(factors))
        for base, n in factors:
            if base.__class__ is Num and base is not ZERO:
                power = exact_power(base.value, n) if base.value > 0 or n.denominator == 1 else None
                if power is not None and bits(power) <= BITS:
                    number = number * power
                    continue
                numeric.append(base)
            found[base] = found.get(base, 0) + n
        numeric = [b for b in dict.fromkeys(numeric) if found[b] and b.value > 0]
        if numeric:
            number = self.roots_together(number, found, numeric)
        return normalised(number), {b: normalised(n) for b, n in found.items() if n}

    def cleared(self, number: Exact, found: dict[Expr, Exact]) -> tuple[Exact, dict[Expr, Exact]]:
        """c (u/n + v) is c/n (u + n v): a sum with a number below a bar, multiplied by it where that is cheaper."""
        for base, n in list(found.items()):
            if is_sum(base) and n in (1, -1) and base not in self.closed:
                times = self.common_denominator(base)
                if times != 1 and not (self.decimals and is_decimal(Fraction(1, times))):
                    terms = [(c * times, part) for c, part in self.opened(1, base)]
                    whole = self.sum(terms)
                    rest = number / Fraction(times) ** int(n)
                    if self.cost(whole) + self.number_cost(rest) < self.cost(base) + self.number_cost(number):
                        del found[base]
                        number, found[whole] = normalised(rest), found.get(whole, 0) + n
        return number, found

    def common_denominator(self, base: Expr) -> int:
        """Of the terms of a sum."""
        found = self.denominators.get(base)
        if found is None:
            found = self.denominators[base] = lcm(*[denominator(part) for part in summands(base)])
        return found

    def number_cost(self, q: Exact) -> float:
        """What a number adds to a product."""
        return sum([self.cost(Num(abs(part))) + 1 for part in (q.numerator, q.denominator) if abs(part) != 1])

    def without_products(self, factors: Iterable[Factor]) -> Iterator[Factor]:
        """Factors, with those opened that are products themselves."""
        for base, n in factors:
            if base.__class__ is App and n in (1, -1) and base.op in (ops.mul, ops.div, ops.neg):
                number, inner = self.factors(base)
                yield Num(number), n
                for b, m in inner:
                    yield b, m * n
            else:
                yield base, n

    def roots_together(self, number: Exact, found: dict[Expr, Exact], numeric: list[Num]) -> Exact:
        """2^(1/2) 3^(1/2) is 6^(1/2), and 2^(3/2) is 2 2^(1/2)."""
        roots: dict[Exact, Exact] = {}
        for b in numeric:
            n = found.pop(b)
            whole = n.numerator // n.denominator
            if whole and b.value.denominator == 1 and abs(whole) * b.value.numerator.bit_length() <= BITS:
                number = number * Fraction(b.value) ** whole
                n = n - whole
            if n:
                roots[n] = roots.get(n, 1) * b.value
        for n, value in roots.items():
            shared = value if n == HALF and value.denominator == 1 else 1
            if (
                shared != 1 and number.denominator == shared
            ):  # sqrt(2)/2 is 1/sqrt(2), but sqrt(2)/6 is as short as it gets
                number, n = number * shared, n - 1
            power = exact_power(value, n)
            if power is not None:
                number = number * power
            else:
                base = Num(value)
                found[base] = found.get(base, 0) + n
        return number

    def power(self, base: Expr, n: Exact) -> Expr:
        while n.denominator == 1 and n != 1 and base not in self.closed and (inner := own_power(base)) is not None:
            base, n = inner[0], normalised(inner[1] * n)
        if n == 1:
            return base
        if n == HALF:
            return App(ops.sqrt, (base,))
        if n.denominator == 1 and base.__class__ is App and base.op is ops.pow and base not in self.closed:
            number, factors = self.factors(base.args[1])  # (x^u)^n = x^(n u) for whole n and any x
            return App(ops.pow, (base.args[0], self.product(number * n, factors)))
        return App(ops.pow, (base, self.number(n)))

    def negated(self, e: Expr) -> Expr:
        """The opposite: of a sum term by term, of a product in its number."""
        if is_sum(e):
            return self.sum([(-1, e)]) if e not in self.closed and has_minus(e) else App(ops.neg, (e,))
        number, factors = self.factors(e)
        return self.product(-number, factors)

    def begins_with_minus(self, e: Expr) -> bool:
        """Whether a minus can be taken out of a term."""
        return self.factors(e)[0] < 0


__all__ = ["MINUS_ONE", "Composer", "Factor", "Term", "chained"]
