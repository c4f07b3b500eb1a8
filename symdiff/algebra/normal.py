"""The normal form: flat, exact, each term and each factor once, in a fixed order. Fast, and never wrong.

Sums and products are read as linear algebra: over a region of `+ - neg` the weight of each term is the gradient of the
sum in it, so one reverse sweep collects like terms in linear time, shared parts included; over `* /` the exponents are
the same (`docs/decisions.md`, "The normal form").

Wherever the input has a value, the output has the same value. It may have one in more places (`x/x` becomes 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import Exact, exact_power, is_decimal, normalised
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.fold import postorder
from symdiff.core.ops import ONE, ZERO, rational_value
from symdiff.core.order import Key, ordering

Weights = dict[Expr, Exact]

SUM = frozenset((ops.add, ops.sub, ops.neg))
PRODUCT = frozenset((ops.mul, ops.div))

LONG = 16  # terms of a sum that several wholes share: from here on it stays one part, or flattening would be quadratic
NESTED = 20  # sums within factors within sums that are turned around together: each is a level of the stack
BITS = 256  # of a number that takes the place of a power or a function: beyond, what was written is shorter
HALF = Fraction(1, 2)
NOWHERE = App(ops.div, (ONE, ZERO))  # what has no value anywhere, and must stay to be seen


def normal(e: Expr, check: Callable[[], None] = lambda: None) -> Expr:
    """The normal form of e; `check` is called now and then, and may end the work by raising.

    >>> from symdiff import parse
    >>> normal(parse("x + 2*x - y*x*3/x"))
    3*x - 3*y
    """
    with calm:
        return Normaliser(e, check).run()


class Normaliser:
    """One run, and what is known of the nodes met so far."""

    def __init__(self, root: Expr, check: Callable[[], None]) -> None:
        self.root, self.check = root, check
        self.order = postorder(root)
        self.decimals = any([isinstance(node, Num) and decimal(node.value) for node in self.order])
        self.tops = tops(root, self.order)
        self.done: dict[Expr, Expr] = {}
        self.terms: dict[
            Expr, Weights
        ] = {}  # of each sum made here: its terms (a lone number: the term 1), with coefficients
        self.factors: dict[
            Expr, tuple[Exact, Weights]
        ] = {}  # of each product made here: its number, its factors, with exponents
        self.sizes: dict[Expr, int] = {}
        self.key = ordering()
        self.turning = 0  # sums being turned around within each other

    def run(self) -> Expr:
        for node in self.order:
            if isinstance(node, Num):
                self.done[node] = self.number(node.value)
            elif not isinstance(node, App) or not node.args:
                self.done[node] = node
            elif node in self.tops:
                self.check()
                self.done[node] = self.normal_of(node)
        return self.done[self.root]

    def normal_of(self, node: App) -> Expr:
        if node.op in SUM:
            return self.total(*self.spread(node, SUM))
        if node.op in PRODUCT:
            weights, _ = self.spread(node, PRODUCT)
            if ZERO not in weights:
                return self.product(weights)
            return NOWHERE if self.zero_below(node) else ZERO
        return self.applied(node.op, tuple([self.done[part] for part in node.args]))

    # ------------------------------------------------------------------------------------------------------- reading

    def spread(self, top: App, region: frozenset[Op]) -> tuple[Weights, set[Expr]]:
        """How often each part outside the region counts in `top`, by a reverse sweep; and what stays closed."""
        inside = self.region_under(top, region)
        weights: Weights = {top: 1}
        for node in reversed(inside):
            weight = weights.pop(node)
            for part, sign in zip(node.args, SIGNS[node.op], strict=True):
                weights[part] = weights.get(part, 0) + sign * weight
        result: Weights = {}
        for part, weight in weights.items():
            whole = self.done[part]
            result[whole] = result.get(whole, 0) + weight
        return result, {self.done[part] for part in weights if isinstance(part, App) and part.op in region}

    def zero_below(self, top: App) -> bool:
        """Whether a product with a factor 0 has one below a bar: it has no value, and that must stay to be seen."""
        below: set[Expr] = set()
        for node in reversed(self.region_under(top, PRODUCT)):
            below.update(node.args if node in below else node.args[1:] if node.op is ops.div else ())
        return any([self.done.get(part) is ZERO for part in below])

    def region_under(self, top: App, region: frozenset[Op]) -> list[App]:
        """The nodes of the region from `top` down, parts before wholes."""
        inside: list[App] = []
        seen: set[Expr] = set()
        stack: list[Expr | None] = [top]
        while stack:
            node = stack.pop()
            if node is None:
                inside.append(stack.pop())  # type: ignore[arg-type]  # a mark always lies on an App
            elif node not in seen:
                seen.add(node)
                if isinstance(node, App) and node.op in region and not (node is not top and self.closed(node)):
                    stack += (node, None, *node.args)
        return inside

    def closed(self, node: App) -> bool:
        """Whether other wholes share this sum and it is long."""
        return node in self.done and len(self.terms.get(self.done[node], ())) >= LONG

    def terms_of(self, whole: Expr) -> Weights:
        """A finished expression as coefficients of terms."""
        if whole in self.terms:
            return self.terms[whole]
        number, factors = self.factors_of(whole)
        if not factors:
            return {ONE: number}
        return {whole: 1} if number == 1 else {self.written_product(1, factors): number}

    def factors_of(self, whole: Expr) -> tuple[Exact, Weights]:
        """A finished expression as a number and exponents of factors."""
        if whole in self.factors:
            return self.factors[whole]
        value = rational_value(whole)
        return (1, {whole: 1}) if value is None else (value, {})

    def composite(self, whole: Expr) -> bool:
        number, factors = self.factors_of(whole)
        return len(factors) > 1 or (number != 1 and bool(factors))

    # ------------------------------------------------------------------------------------------------------------ sums

    def total(self, weights: Weights, closed: Iterable[Expr] = ()) -> Expr:
        """The sum of weighted parts, like terms together; of two ways to treat 2*(x + y) in it, the smaller."""
        if NOWHERE in weights:
            return NOWHERE
        terms = self.collected(weights, closed)
        while any([count in (1, -1) and part in self.terms and part not in closed for part, count in terms.items()]):
            terms = self.collected(terms, closed)  # (x - y)/2 + (x - y)/2: a sum that counts once only by now
        whole = self.written_sum(terms)
        if any([part in self.terms for part in terms]):
            carried = self.written_sum(self.collected(terms, closed, carry=True))
            return carried if self.size(carried) < self.size(whole) else whole
        return whole

    def collected(self, weights: Weights, closed: Iterable[Expr], *, carry: bool = False) -> Weights:
        """Like terms together. A sum among the parts is opened where it counts once, and with `carry` always."""
        terms: Weights = {}
        for whole, weight in weights.items():
            if whole in closed or (whole in self.terms and not carry and abs(weight) != 1):
                if whole in self.terms and self.begins_with_minus(whole):
                    whole, weight = self.opposite(whole), -weight
                terms[whole] = terms.get(whole, 0) + weight
            else:
                for part, count in self.terms_of(whole).items():
                    terms[part] = terms.get(part, 0) + weight * count
        return {part: normalised(count) for part, count in terms.items() if count}

    def written_sum(self, terms: Weights) -> Expr:
        """Highest degree first, the number last, but a positive term in front; what is negative is subtracted."""
        arranged = sorted([part for part in terms if part is not ONE], key=self.rank)
        if ONE in terms:
            arranged.append(ONE)
        if not arranged:
            return ZERO
        first: Expr = next((part for part in arranged if terms[part] > 0), arranged[0])
        whole = self.scaled(terms[first], first)
        for part in arranged:
            if part is not first:
                op = ops.sub if terms[part] < 0 else ops.add
                whole = App(op, (whole, self.scaled(max(terms[part], -terms[part]), part)))
        if len(terms) > 1:
            self.terms[whole] = terms
        return whole

    def scaled(self, number: Exact, part: Expr) -> Expr:
        """A number times a term that has none of its own."""
        if part is ONE:
            return self.number(number)
        own, factors = self.factors_of(part)
        return part if number == 1 else self.written_product(normalised(number * own), factors)

    def rank(self, part: Expr) -> tuple[Exact, Key]:
        return -sum(self.factors_of(part)[1].values()), self.key(part)

    # -------------------------------------------------------------------------------------------------------- products

    def product(self, weights: Weights) -> Expr:
        """The product of parts to whole exponents, like factors together; of two ways to treat (x y)^2, the smaller."""
        if NOWHERE in weights:
            return NOWHERE
        whole = self.written_product(*self.gathered(weights))
        number, factors = self.factors_of(whole)
        if any([n.denominator == 1 and n not in (1, -1) and self.composite(part) for part, n in factors.items()]):
            opened = self.written_product(*self.gathered(factors, number, through=True))
            return opened if self.size(opened) < self.size(whole) else whole
        return whole

    def gathered(self, weights: Weights, number: Exact = 1, *, through: bool = False) -> tuple[Exact, Weights]:
        """Like factors together. A product among them is opened where it counts once, and with `through` always."""
        factors: Weights = {}
        exponents: Weights = {}  # exp(u) exp(v) is exp(u + v)
        waiting = weights
        while waiting:
            for whole, weight in self.opened(waiting, through):
                power = rational_power(whole.value, weight) if isinstance(whole, Num) else None
                if power is not None and (weight in (1, -1) or bits(power) <= BITS):
                    number = normalised(number * power)
                else:
                    is_exp = isinstance(whole, App) and whole.op is ops.exp
                    part, among = (whole.args[0], exponents) if is_exp else (whole, factors)
                    among[part] = normalised(among.get(part, 0) + weight)
            # (x^2)^(1/3) (x^2)^(2/3): what is a whole power only by now is opened after all
            waiting = {part: n for part, n in factors.items() if not self.settled(part, n, through)}
            factors = {part: n for part, n in factors.items() if part not in waiting}
        if exponents and (exponent := self.total(exponents)) is not ZERO:
            factors[App(ops.exp, (exponent,))] = 1
        return self.numbers_out(*self.oriented(number, factors))

    def opened(self, weights: Weights, through: bool) -> Iterator[tuple[Expr, Exact]]:
        """Parts and exponents, products taken apart as far as they may be; every number comes as a Num."""
        waiting = list(reversed(weights.items()))
        while waiting:
            whole, weight = waiting.pop()
            number, factors = self.factors_of(whole)
            if not weight or (not factors and number == 1):
                continue
            if not factors:
                yield Num(number), weight
                continue
            if self.settled(whole, weight, through):
                yield whole, weight
                continue
            if number != 1:
                yield Num(number), weight
                if len(factors) > 1:  # (3 x y)^2 is 9 (x y)^2, and whether the rest is opened is another question
                    waiting.append((self.written_product(1, factors), weight))
                    continue
            waiting += [(part, normalised(n * weight)) for part, n in factors.items()]

    def settled(self, whole: Expr, weight: Exact, through: bool) -> bool:
        """Whether whole^weight is a factor as it stands: (x y)^2 by choice, (x^2)^(1/2) because it is |x| and not x."""
        number, factors = self.factors_of(whole)
        if not factors or factors == {whole: 1}:
            return True
        if weight.denominator != 1:
            return len(factors) != 1 or number != 1 or any([n.denominator == 1 for n in factors.values()])
        return number == 1 and len(factors) > 1 and weight not in (1, -1) and not through

    def oriented(self, number: Exact, factors: Weights) -> tuple[Exact, Weights]:
        """Of a sum and its opposite only one is a factor; where nothing else decides, the one that begins with a plus.

        What has a fractional exponent keeps its sign: sqrt(1 - x) is not i sqrt(x - 1).
        """
        kept: Weights = {}
        for part in sorted(factors, key=lambda part: (factors[part].denominator == 1, self.key(part))):
            n = factors[part]
            if n.denominator == 1 and part in self.terms:
                opposite = self.opposite(part)
                if opposite in kept or (part not in kept and self.begins_with_minus(part)):
                    part, number = opposite, -number if n.numerator % 2 else number
            kept[part] = normalised(kept.get(part, 0) + n)
        return number, kept

    def begins_with_minus(self, whole: Expr) -> bool:
        terms = self.terms[whole]
        return terms[min([part for part in terms if part is not ONE], key=self.rank)] < 0

    def opposite(self, whole: Expr) -> Expr:
        self.turning += 1
        try:
            return self.written_sum({part: -n for part, n in self.terms[whole].items()})
        finally:
            self.turning -= 1

    def numbers_out(self, number: Exact, factors: Weights) -> tuple[Exact, Weights]:
        """Powers of numbers that are rational by now become part of the number: 2^(1/2) 2^(1/2) is 2."""
        kept: Weights = {}
        for part, n in factors.items():
            n = normalised(n)
            power = rational_power(part.value, n) if isinstance(part, Num) and number else None
            if power is not None and bits(power) <= BITS:
                number = normalised(number * power)
            elif n:
                kept[part] = n
        return (number, kept) if number else (0, {})

    def written_product(self, number: Exact, factors: Weights) -> Expr:
        """The number, then symbols, then the rest; negative exponents under one bar."""
        arranged = sorted(factors, key=self.key)
        over = [self.powered(part, factors[part]) for part in arranged if factors[part] > 0]
        under = [self.powered(part, -factors[part]) for part in arranged if factors[part] < 0]
        top, bottom = (number, 1) if self.decimals and is_decimal(number) else (number.numerator, number.denominator)
        if bottom != 1:
            under.insert(0, Num(bottom))
        if top < 0 and self.takes_the_sign(over, only_sums=top != -1):
            top = -top
        if top != 1 or not over:
            over.insert(0, Num(top))
        whole = joined(over) if not under else App(ops.div, (joined(over), joined(under)))
        if factors != {whole: 1}:
            self.factors[whole] = number, factors
        return whole

    def takes_the_sign(self, over: list[Expr], *, only_sums: bool) -> bool:
        """Give a minus to a factor that can have it: -(x - y) z is (y - x) z, but -(x + y) z is (-z) (x + y)."""
        sums = [i for i, part in enumerate(over) if part in self.terms and self.turning < NESTED]
        mixed = [i for i in sums if any([n < 0 for n in self.terms[over[i]].values()])]
        plain = [] if only_sums else [i for i in range(len(over)) if i not in sums]
        if mixed or (sums and not plain and not only_sums):
            i = (mixed or sums)[0]
            over[i] = self.opposite(over[i])
        elif plain:
            over.insert(0, App(ops.neg, (over.pop(plain[0]),)))
        return bool(mixed or plain or (sums and not only_sums))

    def negated(self, whole: Expr) -> Expr:
        number, factors = self.factors_of(whole)
        return self.written_product(-number, factors)

    def powered(self, part: Expr, n: Exact) -> Expr:
        if isinstance(part, Num):
            part = self.number(part.value)
        if n == 1:
            return part
        return App(ops.sqrt, (part,)) if n == HALF else App(ops.pow, (part, self.number(n)))

    # ---------------------------------------------------------------------------------------------------- all the rest

    def applied(self, op: Op, args: tuple[Expr, ...]) -> Expr:
        """An operation outside sums and products: its exact value, its law of signs, or itself."""
        if op is ops.pow:
            return self.power(*args)
        if op is ops.where:
            return chosen(args)
        value = exact_value(op, args)
        if value is not None:
            return self.number(value)
        if op is ops.sqrt:
            return self.fractional(args[0], HALF)
        if op.parity and op.arity == 1 and self.factors_of(args[0])[0] < 0:
            plain = App(op, (self.negated(args[0]),))
            return plain if op.parity == "even" else self.negated(plain)
        return App(op, args)

    def power(self, u: Expr, n: Expr) -> Expr:
        """u^n with both normal."""
        exponent = rational_value(n)
        if u is ONE or exponent == 0:  # 0^0 is 1
            return ONE
        if exponent is None or (u is ZERO and exponent < 0):
            return App(ops.pow, (u, n))
        if exponent.denominator == 1:
            return self.product({u: exponent})
        return self.fractional(u, exponent)

    def fractional(self, u: Expr, exponent: Exact) -> Expr:
        """u^exponent with a fraction for an exponent: it has a value only where u >= 0."""
        value = exact_value(ops.pow, (u, self.number(exponent)))
        if value is not None:
            return self.number(value)
        number, factors = self.factors_of(u)
        if number == 1 and len(factors) == 1:
            base, inner = next(iter(factors.items()))
            if isinstance(base, App) and base.op is ops.exp:  # positive, so its exponents multiply
                return self.product({base: normalised(inner * exponent)})
            if inner.denominator != 1:  # (b^(p/q))^n needs b >= 0, so the exponents multiply; (b^2)^(1/2) does not
                return self.product({base: normalised(inner * exponent)})
        if not factors:
            u = Num(number)
        return self.written_product(1, {u: exponent})

    def number(self, value: Exact) -> Expr:
        """A number as it is written: with decimals where the input had some and they end, else as a quotient."""
        if value.denominator == 1 or (self.decimals and decimal(value)):
            return Num(value)
        return App(ops.div, (Num(value.numerator), Num(value.denominator)))

    def size(self, e: Expr) -> int:
        """Nodes as a tree; like `core.fold.size`, but it remembers."""
        sizes, stack = self.sizes, [e]
        while stack:
            node = stack[-1]
            waiting = [part for part in node.args if part not in sizes]
            if waiting:
                stack += waiting
            else:
                sizes[stack.pop()] = 1 + sum([sizes[part] for part in node.args])
        return sizes[e]


SIGNS = {ops.add: (1, 1), ops.sub: (1, -1), ops.neg: (-1,), ops.mul: (1, 1), ops.div: (1, -1)}


def tops(root: Expr, order: Iterable[Expr]) -> set[Expr]:
    """The nodes that need a normal form of their own: the root, and every part that leaves the region of its whole."""
    found = {root}
    for node in order:
        region = region_of(node)
        found.update([part for part in node.args if not region or region_of(part) is not region])
    return found


def region_of(node: Expr) -> frozenset[Op] | None:
    """The region a node belongs to; the one function that decides it."""
    op = node.op if isinstance(node, App) else None
    return SUM if op in SUM else PRODUCT if op in PRODUCT else None


def decimal(q: Exact) -> bool:
    """Whether a decimal point is needed and enough to write q."""
    return q.denominator != 1 and is_decimal(q)


def bits(q: Exact) -> int:
    return q.numerator.bit_length() + q.denominator.bit_length()


def rational_power(q: Exact, n: Exact) -> Exact | None:
    """q^n where it is a rational of reasonable size; None where it is irrational, too large, or has no value."""
    if (q == 0 and n < 0) or (q < 0 and n.denominator != 1):
        return None
    return exact_power(q, n)


def exact_value(op: Op, args: tuple[Expr, ...]) -> Exact | None:
    """The exact value of an operation on numbers, where it has one of a reasonable size."""
    if op.exact is None or op.form in ("relation", "logic"):
        return None
    values = [rational_value(a) for a in args]
    if None in values:
        return None
    try:
        result: Exact | None = op.exact(*values)
    except (ValueError, ZeroDivisionError):
        return None  # it has no value, and stays as it is written
    return None if result is None or bits(result) > BITS else normalised(result)


def chosen(args: tuple[Expr, ...]) -> Expr:
    """A choice, made where its condition is settled or does not matter."""
    condition, then, otherwise = args
    held = truth(condition)
    if held is None:
        return then if then is otherwise else App(ops.where, args)
    return then if held else otherwise


def truth(condition: Expr) -> bool | None:
    """Whether a relation between numbers holds; None where that depends."""
    if isinstance(condition, App) and condition.op.form == "relation":
        values = [rational_value(a) for a in condition.args]
        return None if None in values else bool(condition.op.exact(*values))  # type: ignore[misc]  # every relation is exact
    value = rational_value(condition)
    return None if value is None else value != 0


def joined(parts: list[Expr]) -> Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = App(ops.mul, (whole, part))
    return whole
