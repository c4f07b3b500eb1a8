"""From a tape to the code that runs fast: the same values, except at points that the fast code notices.

What is the same at every point is computed once for a call (hoisting); signs and such factors are pulled out of
products, so that products share what varies; a divisor used twice becomes a reciprocal; small integer powers become
products. Moving a factor past a product of others is harmless while that product neither underflows nor overflows:
such a product, and each reciprocal, is `guarded`. A back end that notices an underflow, an overflow or a value that
does not exist computes those points again by the tape itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import frexp
from typing import NamedTuple, TypeAlias

from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.numeric.reciprocals import RECIPROCAL, SQUARE, Shared
from symdiff.numeric.tape import Plan, Step, Tape

Part: TypeAlias = tuple[int, int]  # a factor that is uniform, and what varies: numbers of values

CHAINS = (-4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8)  # powers made of products: 3.5 units in the last place at worst
SMALL_FACTOR = 8.0  # from 1 up to here moved in front of any product: three bits are lost at most, just above underflow
NO_BASE = -1
HUGE = 1e300

PARITY = {row.name: row.parity for row in ops.TABLE.values() if row.parity and row.arity == 1 and row is not ops.neg}


class Lowered(NamedTuple):
    """What runs once for a call, what runs at every point, and which of these must be watched.

    `prelude`: steps on uniform values. `factors`: those of them that the tape has not, which must be of ordinary size.
    `guarded`: places of the body whose underflow matters.
    """

    prelude: tuple[Step, ...]
    factors: frozenset[int]
    plan: Plan
    guarded: frozenset[int]
    results: tuple[
        int, ...
    ]  # one number for each result of the tape: of the body, the prelude, an argument or a constant
    constants: dict[int, float]
    moving: frozenset[int]  # the places of what varies
    rows: dict[str, Op]  # the rows of the tape by the names that steps have for them

    def row(self, name: str) -> Op | None:
        """The row that steps of this name apply; None for a primitive."""
        return self.rows.get(name) or ops.TABLE.get(name)


def lowered(tape: Tape, varying: Iterable[int] | None = None) -> Lowered:
    """The code for arguments of which those with these numbers vary from point to point; None: all, for one point.

    >>> from symdiff import symbols, parse
    >>> tape = Tape([parse("a*x^2/3 + b")], symbols("x, a, b"))
    >>> code = lowered(tape, [0])
    >>> [step.op for step in code.prelude], [step.op for step in code.plan.body]
    (['/', '*'], ['square', '*', '+'])
    """
    return Lowering(tape, varying).code()


class Lowering:
    """The values of the new code by numbers, each distinct one once, and factor and base of each value of the tape."""

    def __init__(self, tape: Tape, varying: Iterable[int] | None) -> None:
        self.tape = tape
        self.once = varying is None  # one point: nothing is uniform but constants
        self.moving = set(range(len(tape.args)) if varying is None else varying)
        self.steps: list[Step | None] = [None] * len(tape.args)  # by number; None: an argument or a constant
        self.constants: dict[int, float] = {}
        self.numbers: dict[object, int] = {}
        self.rows: dict[str, Op] = {}
        self.factors: set[int] = set()
        self.guarded: set[int] = set()
        self.one = self.constant(1.0)
        self.minus_one = self.constant(-1.0)
        self.parts: list[Part] = [
            (self.one, i) if i in self.moving else (i, NO_BASE) for i in range(len(tape.args))
        ]  # fmt: skip
        self.known = [(self.constant(value), NO_BASE) for value in tape.constants]

    def code(self) -> Lowered:
        """The whole of it."""
        for row, sources in self.tape.steps:
            self.parts.append(self.lower(row, [self.part(source) for source in sources]))
        wanted = [self.full(self.part(result)) for result in self.tape.results]
        needed = self.needed(wanted)
        if not self.once:  # for one point a division takes as long as a product
            shared = Shared(needed, self.moving, len(self.steps))
            needed, wanted = shared.code, [shared.again.get(place, place) for place in wanted]
            self.moving |= shared.made
            self.guarded = {shared.again.get(place, place) for place in self.guarded} | shared.made
        prelude = tuple([step for step in needed if step.place not in self.moving])
        body = tuple([step for step in needed if step.place in self.moving])
        read = {source for step in body for source in step.args}
        inputs = tuple([i for i in range(len(self.tape.args)) if i in self.moving and (i in read or i in wanted)])
        uniform = tuple([i for i in sorted(read) if i not in self.moving and i not in self.constants])
        constants = {i: self.constants[i] for i in sorted(read) if i in self.constants}
        stored = tuple([i for i in wanted if i in self.moving])
        plan = Plan(inputs, uniform, constants, body, stored)
        factors = frozenset([step.place for step in prelude]) & self.factors
        return Lowered(
            prelude,
            factors,
            plan,
            frozenset(self.guarded),
            tuple(wanted),
            self.constants,
            frozenset(self.moving),
            self.rows,
        )

    def needed(self, wanted: Iterable[int]) -> list[Step]:
        """The steps that some result depends on, in order."""
        live = set(wanted)
        found = []
        for step in reversed(self.steps):
            if step is not None and step.place in live:
                live.update(step.args)
                found.append(step)
        return found[::-1]

    # ---------------------------------------------------------------------------------------------------------- values

    def part(self, number: int) -> Part:
        """Factor and base of a value of the tape."""
        return self.parts[number] if number >= 0 else self.known[~number]

    def constant(self, value: float) -> int:
        """The number of a constant; the two zeros, and all nan, are told apart."""
        key = ("constant", value.hex())
        if key not in self.numbers:
            self.numbers[key] = len(self.steps)
            self.constants[len(self.steps)] = value
            self.steps.append(None)
        return self.numbers[key]

    def make(self, op: str, *args: int) -> int:
        """The number of an operation on values, found again if it has been made before."""
        if op in ("+", "*") and args[0] > args[1]:
            args = args[::-1]
        key = (op, args)
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.steps)
            self.steps.append(Step(op, found, args))
            if not self.moving.isdisjoint(args):
                self.moving.add(found)
        return found

    def full(self, part: Part) -> int:
        """The value itself: factor times base."""
        factor, base = part
        if base == NO_BASE or factor == self.one:
            return factor if base == NO_BASE else base
        return self.make("neg", base) if factor == self.minus_one else self.make("*", factor, base)

    def times(self, u: int, v: int) -> int:
        """The product of two factors, which are uniform."""
        if u == self.one or v == self.one:
            return v if u == self.one else u
        if u in self.constants and v in self.constants:
            whole = self.constants[u] * self.constants[v]
            if 1 / HUGE < abs(whole) < HUGE:
                return self.constant(whole)
        if u == self.minus_one or v == self.minus_one:
            return self.opposite(v if u == self.minus_one else u)
        return self.factor(self.make("*", u, v))

    def opposite(self, factor: int) -> int:
        """-factor."""
        step = self.steps[factor]
        return step.args[0] if step is not None and step.op == "neg" else self.make("neg", factor)

    def factor(self, factor: int) -> int:
        """A product or quotient that is computed where the tape has none: it must not underflow or overflow."""
        self.factors.add(factor)
        return factor

    def is_small(self, factor: int) -> bool:
        """Whether a factor does no harm before any product."""
        return 1.0 <= abs(self.constants.get(factor, 0.0)) <= SMALL_FACTOR

    def product(self, u: int, v: int, factors: Iterable[int]) -> int:
        """The product of two bases, guarded if more than a small factor moves in front of it."""
        whole = self.make(SQUARE, u) if u == v else self.make("*", u, v)
        if not all([self.is_small(factor) for factor in factors]):
            self.guarded.add(whole)
        return whole

    def settled(self, part: Part) -> Part:
        """The same value with a factor that may move: for one point, where nobody would notice, only a small one."""
        factor, base = part
        if base == NO_BASE or not self.once or self.is_small(factor):
            return part
        return self.one, self.full(part)

    # -------------------------------------------------------------------------------------------------------- the rows

    def lower(self, row: Op, parts: list[Part]) -> Part:
        """Factor and base of a row applied to values."""
        name = self.name(row)
        if all([base == NO_BASE for _, base in parts]):
            return self.make(name, *[factor for factor, _ in parts]), NO_BASE
        if name in LOWERINGS:
            return self.settled(LOWERINGS[name](self, *parts))
        if name in PARITY and parts[0][0] == self.minus_one:
            return (self.minus_one if PARITY[name] == "odd" else self.one), self.make(name, parts[0][1])
        return self.one, self.make(name, *[self.full(part) for part in parts])

    def name(self, row: Op) -> str:
        """The name of a row in steps: its own, unless two rows of users have the same, or one that of a primitive."""
        name = row.name
        while name in (SQUARE, RECIPROCAL) or self.rows.setdefault(name, row) is not row:
            name += "'"
        return name

    def add(self, u: Part, v: Part) -> Part:
        """u + v, where equal bases add their factors, and equal small factors stand before the sum."""
        if u[1] == v[1] and (factor := self.together("+", u[0], v[0])) is not None:
            return factor, u[1]
        if u[0] == v[0] != self.one and self.is_small(u[0]) and NO_BASE not in (u[1], v[1]):
            return u[0], self.make("+", u[1], v[1])
        for one, other in ((v, u), (u, v)):
            if one[0] == self.minus_one and one[1] != NO_BASE:
                return self.one, self.make("-", self.full(other), one[1])
        return self.one, self.make("+", self.full(u), self.full(v))

    def subtract(self, u: Part, v: Part) -> Part:
        """u - v, likewise."""
        if u[1] == v[1] and (factor := self.together("-", u[0], v[0])) is not None:
            return factor, u[1]
        if v[0] == self.minus_one and v[1] != NO_BASE:
            return self.add(u, (self.one, v[1]))
        if u[0] == self.minus_one and v[0] == self.one and NO_BASE not in (u[1], v[1]):
            return self.minus_one, self.make("+", u[1], v[1])
        return self.one, self.make("-", self.full(u), self.full(v))

    def together(self, op: str, u: int, v: int) -> int | None:
        """The sum or difference of two factors; None where they are constants that cancel."""
        if u in self.constants and v in self.constants:
            whole = self.constants[u] + self.constants[v] if op == "+" else self.constants[u] - self.constants[v]
            return self.constant(whole) if whole else None
        return self.make(op, u, v)

    def negate(self, u: Part) -> Part:
        return self.times(self.minus_one, u[0]), u[1]

    def multiply(self, u: Part, v: Part) -> Part:
        u, v = self.movable(u), self.movable(v)
        if self.once and (quotient := self.by_reciprocal(u, v) or self.by_reciprocal(v, u)):
            return self.times(u[0], v[0]), quotient
        if NO_BASE in (u[1], v[1]):
            return self.times(u[0], v[0]), v[1] if u[1] == NO_BASE else u[1]
        return self.times(u[0], v[0]), self.product(u[1], v[1], (u[0], v[0]))

    def by_reciprocal(self, u: Part, v: Part) -> int | None:
        """u (1/w) as u/w, for the bases of two values; None where v is no reciprocal."""
        step = self.steps[v[1]] if NO_BASE not in (u[1], v[1]) else None
        return (
            self.quotient(u[1], step.args[1])
            if step is not None and step.op == "/" and step.args[0] == self.one
            else None
        )

    def movable(self, part: Part) -> Part:
        """A uniform value as a factor: for one point a constant that is not small stays where it stands."""
        factor, base = part
        if base == NO_BASE:
            return (self.one, factor) if self.once and not self.is_small(factor) else part
        return part

    def divide(self, u: Part, v: Part) -> Part:
        """u/v: uniform divisors become factors, except for one point, where only signs move."""
        if self.once:
            signs = [part[0] == self.minus_one and part[1] != NO_BASE for part in (u, v)]
            top, bottom = [part[1] if signed else self.full(part) for part, signed in zip((u, v), signs, strict=True)]
            return (self.minus_one if signs[0] != signs[1] else self.one), self.quotient(top, bottom)
        if v[1] == NO_BASE:
            return self.times(u[0], self.inverse(v[0])), u[1]
        factor = self.times(u[0], self.inverse(v[0]))
        if u[1] == NO_BASE:
            return factor, self.reciprocal(v[1])
        quotient = self.quotient(u[1], v[1])
        if not (self.is_small(u[0]) and v[0] in (self.one, self.minus_one)):
            self.guarded.add(quotient)
        return factor, quotient

    def quotient(self, u: int, v: int) -> int:
        """u/v; u/w^2 is u/w over w where u/w is known, as in the slope of a quotient."""
        step = self.steps[v]
        if step is not None and step.op == SQUARE:
            known = self.numbers.get(("/", (u, step.args[0])))
            if known is not None:
                return self.make("/", known, step.args[0])
        return self.make("/", u, v)

    def inverse(self, factor: int) -> int:
        """1 over a factor."""
        if is_power_of_two(self.constants.get(factor, 0.0)):
            return self.constant(1 / self.constants[factor])
        return self.factor(self.make("/", self.one, factor))

    def reciprocal(self, base: int) -> int:
        """1/base, guarded."""
        found = self.make(RECIPROCAL, base)
        self.guarded.add(found)
        return found

    def power(self, u: Part, n: Part) -> Part:
        """u^n: small integers as products, halves as roots."""
        exponent = self.constants.get(n[0]) if n[1] == NO_BASE else None
        if exponent is None or u[1] == NO_BASE:
            return self.one, self.make("^", self.full(u), self.full(n))
        if exponent in CHAINS:
            return self.integer_power(u, int(exponent))
        if exponent in (0.5, -0.5):
            base = self.make("sqrt", self.full(u))
            return self.one, base if exponent > 0 else self.reciprocal(base)
        return self.one, self.make("^", self.full(u), n[0])

    def integer_power(self, u: Part, n: int) -> Part:
        """u^n by repeated squaring, of the reciprocal for negative n; a factor moves out of a square only."""
        factor, base = u
        if factor == self.minus_one:
            moved = self.one if n % 2 == 0 else factor
        elif n == 2 and not self.once:
            moved = self.times(factor, factor)
        else:
            moved, base = self.one, self.full(u)
        power = self.chain(base if n > 0 else self.reciprocal(base), abs(n))
        if not self.is_small(moved):
            self.guarded.add(power)
        return moved, power

    def chain(self, base: int, n: int) -> int:
        """base^n."""
        whole, power = None, base
        while n:
            if n % 2:
                whole = power if whole is None else self.make("*", whole, power)
            n //= 2
            power = self.make(SQUARE, power) if n else power
        assert whole is not None
        return whole

    def choose(self, condition: Part, u: Part, v: Part) -> Part:
        """One of two branches."""
        if condition[0] in self.constants and condition[1] == NO_BASE:
            return u if self.constants[condition[0]] else v
        return self.one, self.make("where", self.full(condition), self.full(u), self.full(v))


def is_power_of_two(x: float) -> bool:
    """Whether multiplying by x is exact."""
    return frexp(abs(x))[0] == 0.5


LOWERINGS: dict[str, Callable[..., Part]] = {
    "+": Lowering.add,
    "-": Lowering.subtract,
    "neg": Lowering.negate,
    "*": Lowering.multiply,
    "/": Lowering.divide,
    "^": Lowering.power,
    "where": Lowering.choose,
}
