"""What the functions of the table are in the field: exponentials, logarithms, angles, and what stays closed.

Exponentials of sums are products of powers of generators; sin and cos of an angle are a pair over a basis of the angles
seen; hyperbolic functions are exponentials; a logarithm of a product is a sum. Whatever has no such reading is a
generator of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import Any

from symdiff.algebra.field.exponentials import UNIT
from symdiff.algebra.field.lattice import LONG, Angles, Vector
from symdiff.algebra.field.rotations import Rotations
from symdiff.algebra.field.signs import NONE
from symdiff.algebra.field.values import (
    HALF,
    ONE,
    ZERO,
    Key,
    OversizedError,
    UnsettledError,
    Value,
    negated,
    number,
)
from symdiff.algebra.poly import fmpq
from symdiff.core import ops
from symdiff.core.expr import App, Op

Pair = tuple[Value, Value]
MULTIPLE = 12  # of an angle that is written out in sin and cos of one; 60 in tan of the half


class Functions(Rotations):
    """A field with functions.

    `pair` says how an angle enters: "sin" eliminates cos^2, "cos" eliminates sin^2, "half" writes both in the tangent
    of half of it. `split` takes the angle of a sum apart; `finest` reads 2 x and 3 x as multiples of x where x is not
    met; angles of more than `longest` terms meet only their multiples. `closed` leaves inverse functions as they are
    written.
    """

    def __init__(
        self,
        *args: Any,
        pair: str = "sin",
        split: bool = False,
        finest: bool = False,
        longest: int = LONG,
        closed: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.pair, self.split, self.closed = pair, split, closed
        self.angles = Angles(finest=finest or pair == "half", longest=longest)
        self.turns: dict[Any, Pair] = {}  # (cos, sin) of angles, by name
        self.seen: set[Op] = set()  # operations that were read
        self.lowest: dict[Any, int] = {}  # the least whole offset with which a gamma was met

    # ---------------------------------------------------------------------------------------------------------- angles

    def pi(self) -> Value:
        return self.variable(self.generator("pi", None, strict=True))

    def cos_sin(self, v: Value) -> Pair:
        """cos and sin of an angle."""
        v = self.canonical(v)
        name = v.name()
        if name not in self.turns:
            self.turns[name] = self.new_turn(v)
        return self.turns[name]

    def new_turn(self, v: Value) -> Pair:
        turn: Pair = (ONE, ZERO)
        left: Vector = {}
        terms = self.terms(v)
        for k, c in terms.items():
            known = self.known_turn(k, c)
            if known is None and self.is_pi(k) and (self.split or len(terms) == 1):
                known = self.rotation(c) or self.first_octant(k, c)
            if known is None:
                left[k] = c
            else:
                turn = self.turned(turn, known)
        for part in [{k: c} for k, c in left.items()] if self.split else [left] if left else []:
            for basis, n in self.angle_coordinates(part):
                turn = self.turned(turn, self.multiple(basis, n))
        return turn

    def first_octant(self, k: Key, c: Fraction) -> Pair:
        """cos and sin of c pi by those of an angle up to pi/4, where they have no other form."""
        quarter, rest = divmod(c % 2, HALF)
        mirrored = rest > Fraction(1, 4)
        turn: Pair = (ONE, ZERO)
        for basis, n in self.angle_coordinates({k: HALF - rest if mirrored else rest}):
            turn = self.turned(turn, self.multiple(basis, n))
        if mirrored:
            turn = turn[1], turn[0]
        for _ in range(int(quarter)):
            turn = (negated(turn[1]), turn[0])
        return turn

    def is_pi(self, k: Key) -> bool:
        ((i, n),) = k[0] if len(k[0]) == 1 else ((-1, 0),)
        return n == 1 and i in self.lone and self.info[self.lone[i]].kind == "pi"

    def start_again(self) -> None:
        super().start_again()
        self.turns.clear()

    def angle_coordinates(self, v: Vector) -> list[tuple[int, int]]:
        found, refined = self.angles.coordinates(v)
        if refined:
            self.signs.version += 1
            self.turns.clear()
        return found

    def turned(self, a: Pair, b: Pair) -> Pair:
        if a[0] is ONE and a[1] is ZERO:
            return b
        return (
            self.sub(self.mul(a[0], b[0]), self.mul(a[1], b[1])),
            self.add([self.mul(a[0], b[1]), self.mul(a[1], b[0])]),
        )

    def turned_times(self, a: Pair, n: int) -> Pair:
        """n times the angle."""
        result: Pair = (ONE, ZERO)
        for _ in range(abs(n)):
            result = self.turned(result, a)
        return result if n > 0 else (result[0], negated(result[1]))

    def known_turn(self, k: Key, c: Fraction) -> Pair | None:
        """cos and sin of c times a term, where they are algebraic: of multiples of pi/12, of atan and asin."""
        if len(k[0]) != 1:
            return None
        ((i, n),) = k[0]
        j = self.lone.get(i)
        if j is None or n != 1:
            return None
        kind, _, of = self.info[j]
        if kind == "pi":
            return self.turn_of_pi(c)
        if kind not in ("atan", "asin") or c.denominator > 2 or abs(c) > MULTIPLE:
            return None
        sign = self.sign_in_key(k, i)
        if not sign:
            return None
        c = c * sign
        square = self.mul(of, of)
        if kind == "atan":
            w = self.power(self.add([ONE, square]), -HALF)
            turn = (w, self.mul(of, w))
        else:
            turn = (self.power(self.sub(ONE, square), HALF), of)
        if c.denominator == 2:
            half = self.power(self.scaled(self.add([ONE, turn[0]]), HALF), HALF)
            turn = (half, self.div(turn[1], self.scaled(half, 2)))
            c = 2 * c
        return self.turned_times(turn, int(c))

    def turn_of_pi(self, r: Fraction) -> Pair | None:
        """cos and sin of r pi, for multiples of pi/12."""
        twelfths = (r % 2) * 12
        if twelfths.denominator != 1:
            return None
        quarter, n = divmod(int(twelfths), 6)
        turn = self.first_quadrant(n)
        for _ in range(quarter):
            turn = (negated(turn[1]), turn[0])
        return turn

    def first_quadrant(self, n: int) -> Pair:
        """cos and sin of n pi/12, n from 0 to 5."""
        if n in (1, 5):
            c, s = self.turned(self.first_quadrant_simple(3), self.conjugate_turn(self.first_quadrant_simple(2)))
            return (c, s) if n == 1 else (s, c)
        return self.first_quadrant_simple(n)

    def conjugate_turn(self, a: Pair) -> Pair:
        return a[0], negated(a[1])

    def first_quadrant_simple(self, n: int) -> Pair:
        if n == 0:
            return ONE, ZERO
        if n == 3:
            return (self.half_root(2),) * 2
        turn = self.half_root(3), number(HALF)
        return turn if n == 2 else (turn[1], turn[0])

    def half_root(self, q: int) -> Value:
        return self.scaled(self.power(number(q), HALF), HALF)

    def sine_and_cosine(self, basis: int) -> tuple[int, int]:
        """The generators of an angle of the basis."""
        k = frozenset(self.angles.basis[basis].items())
        new = ("sin", k) not in self.found
        first, second = ("sin", "cos") if self.pair == "sin" else ("cos", "sin")
        low = self.generator(first, k)
        high = self.generator(second, k)
        if new:
            s, c = self.gens[low], self.gens[high]
            self.relations.insert(0, (high, 2, s * s + c * c - 1))
            moving = self.ball_of(low) is None
            below, above = self.base(s - 1, unsigned=moving), self.base(s + 1, unsigned=moving)
            self.pythagoras.append((below, above, self.base(c, unsigned=moving)))
            self.base(s, unsigned=moving)
            self.signs.fix(below, -1)
            self.signs.fix(above, 1)
        return (low, high) if self.pair == "sin" else (high, low)

    def multiple(self, basis: int, n: int) -> Pair:
        """cos and sin of n times an angle of the basis."""
        if self.pair == "half":
            return self.multiple_by_half(basis, n)
        sin, cos = self.sine_and_cosine(basis)
        s, c = self.gens[sin], self.gens[cos]
        if abs(n) > MULTIPLE:
            raise OversizedError
        real, imaginary = c, s
        for _ in range(abs(n) - 1):
            real, imaginary = self.reduced(real * c - imaginary * s), self.reduced(real * s + imaginary * c)
        turn = self.from_polynomial(real), self.from_polynomial(imaginary)
        return turn if n > 0 else (turn[0], negated(turn[1]))

    def multiple_by_half(self, basis: int, n: int) -> Pair:
        """cos n a = Re (1 + i t)^2n / (1 + t^2)^n, t = tan(a/2)."""
        if abs(n) > 5 * MULTIPLE:
            raise OversizedError
        t = self.gens[self.generator("half", frozenset(self.angles.basis[basis].items()))]
        real, imaginary = self.ring.constant(0), self.ring.constant(0)
        for k in range(2 * abs(n) + 1):
            term = t**k * (comb(2 * abs(n), k) * (1, 1, -1, -1)[k % 4])
            if k % 2:
                imaginary = imaginary + term
            else:
                real = real + term
        below = self.whole_power(self.from_polynomial(t * t + 1), -abs(n))
        c, s = self.mul(self.from_polynomial(real), below), self.mul(self.from_polynomial(imaginary), below)
        return (c, s) if n > 0 else (c, negated(s))

    # ---------------------------------------------------------------------------------------------- inverse functions

    def atan(self, u: Value) -> Value:
        return negated(self.atan_of_plain(negated(u))) if u.c < 0 else self.atan_of_plain(u)

    def atan_of_plain(self, u: Value) -> Value:
        """atan of what has no minus in front."""
        if u.c == 0:
            return ZERO
        if u.is_number() and u.c == 1:
            return self.scaled(self.pi(), Fraction(1, 4))
        if (r := self.angle_of(u, "atan")) is not None and self.is_turn(r, lambda c, s: self.sub(self.mul(u, c), s)):
            return self.scaled(self.pi(), r)
        if not self.closed and self.is_constant(u) and not self.at_most_one(u):
            return self.sub(self.scaled(self.pi(), HALF), self.atan(self.inverse(u)))
        if self.roots and (half := self.half_angle(u)) is not None:
            return self.half_of_atan(*half)
        return self.variable(self.generator("atan", u.name(), u))

    def half_of_atan(self, sign: int, v: Value) -> Value:
        return self.add([self.scaled(self.pi(), Fraction(sign, 4)), self.scaled(self.atan(v), HALF)])

    def asin(self, u: Value) -> Value:
        return negated(self.asin_of_plain(negated(u))) if u.c < 0 else self.asin_of_plain(u)

    def asin_of_plain(self, u: Value) -> Value:
        """asin of what has no minus in front; that |u| <= 1 is learnt."""
        if u.c == 0:
            return ZERO
        below, above = self.sub(ONE, u), self.add([ONE, u])
        self.demand(below)
        self.demand(above)
        if below.c == 0:
            return self.scaled(self.pi(), HALF)
        if (r := self.angle_of(u, "asin")) is not None and self.is_turn(r, lambda c, s: self.sub(s, u)):
            return self.scaled(self.pi(), r)
        return self.variable(self.generator("asin", u.name(), u))

    def is_turn(self, r: Fraction, difference: Callable[[Value, Value], Value]) -> bool:
        """Whether a difference made of cos(r pi) and sin(r pi) is zero."""
        known = self.turn_of_pi(r) or self.rotation(r)
        return known is not None and difference(*known).c == 0

    def at_most_one(self, u: Value) -> bool:
        return u.is_number() and abs(u.c) <= 1

    def is_constant(self, u: Value) -> bool:
        return u.is_number()

    def atanh(self, u: Value) -> Value:
        above, below = self.add([ONE, u]), self.sub(ONE, u)
        return self.scaled(self.sub(self.log(above), self.log(below)), HALF)

    def asinh(self, u: Value) -> Value:
        w = self.add([u, self.power(self.add([self.mul(u, u), ONE]), HALF)])
        self.demand(w)
        return self.log(w)

    def acosh(self, u: Value) -> Value:
        self.demand(u)
        below, above = self.sub(u, ONE), self.add([u, ONE])
        w = self.add([u, self.mul(self.power(below, HALF), self.power(above, HALF))])
        return self.log(w)

    # ------------------------------------------------------------------------------------------------ corners and calls

    def size(self, u: Value) -> Value:
        return Value(abs(u.c), u.pw, NONE)

    def sign(self, u: Value) -> Value:
        """The sign, 0 at 0: that of a product is the product of those of its bases."""
        if u.c == 0:
            return ZERO
        if self.misses_points(u):
            raise UnsettledError
        self.signs.assumed |= self.supposed
        open_bases = [i for i in u.pw if not self.never_zero(Value(u.c, {i: u.pw[i]}, NONE))]
        result = Value(fmpq(1 if u.c > 0 else -1), {}, u.sg.difference(open_bases))
        for i in open_bases:
            result = self.mul(
                result, self.whole_power(self.sign_of_base(i), 1 if i in u.sg or i in self.positive else 2)
            )
        return self.canonical(result)

    def sign_of_base(self, i: int) -> Value:
        """sign(p), p being 0 somewhere perhaps."""
        p = Value(fmpq(1), {i: 1}, NONE if i in self.positive else frozenset((i,)))
        new = ("call", (ops.sign, p.name())) not in self.found
        j = self.generator("call", (ops.sign, p.name()), (ops.sign, (p,)), positive=i in self.positive)
        v = self.variable(j)
        if new:
            n = 2 if i in self.positive else 3
            self.relations.insert(0, (j, n, self.gens[j] ** n - self.gens[j]))
            self.corners[next(iter(v.pw))] = i
        return v

    def real_root(self, u: Value, n: int) -> Value:
        """The real n-th root, n odd: of negative numbers too."""
        if u.c == 0:
            return ZERO
        root = self.size_power(u, Fraction(1, n))
        return Value(root.c if u.c > 0 else -root.c, root.pw, root.sg ^ u.sg)

    def call(self, op: Op, args: tuple[Any, ...]) -> Value:
        """A function that stays closed; a sign moves out of one that is odd, and out of sight in one that is even."""
        args = tuple([self.canonical(a) if a.__class__ is Value else a for a in args])
        turned = op.parity and op.arity == 1 and args[0].__class__ is Value and args[0].c < 0
        if turned:
            args = (negated(args[0]),)
        if op.commutative and len(args) == 2:
            args = tuple(sorted(args, key=repr_name))
        name = (op, *[a.name() if a.__class__ is Value else a for a in args])
        found = self.variable(self.generator("call", name, (op, args), strict=op in POSITIVE_CALLS))
        if op is ops.gamma and self.learning:
            self.demand_nonzero(found)
        return negated(found) if turned and op.parity == "odd" else found

    def apply(self, node: App, args: list[Any]) -> Value:
        """The value of an operation at values; an argument without one is the expression itself, and stays closed."""
        op = node.op
        self.seen.add(op)
        reading = READINGS.get(op)
        if reading is None or any([a.__class__ is not Value for a in args]):
            return self.call(op, tuple(args))
        if self.closed and op in CLOSED and not (op in MEETING and MEETING[op] in self.kinds):
            return self.closed_call(op, args[0])
        return reading(self, *args)

    def closed_call(self, op: Op, u: Value) -> Value:
        """An inverse function left as it is; what it asks of its argument is learnt."""
        if op in (ops.acosh, ops.asech):
            w = u if op is ops.acosh else self.inverse(u)
            self.demand(self.sub(w, ONE))
        elif op in (ops.atanh, ops.acos):
            self.demand(self.sub(ONE, u))
            self.demand(self.add([ONE, u]))
        exact = op.exact(int(u.c.p)) if u.is_number() and u.c.q == 1 and op.exact else None
        return number(exact) if exact is not None else self.call(op, (u,))


def repr_name(a: Any) -> str:
    if a.__class__ is Value:
        return repr((sorted(a.pw.items()), sorted(a.sg), str(a.c)))
    return "~"  # a part without a value: in the order in which it stands


def trigonometric(write: Callable[[Functions, Value, Value], Value]) -> Callable[[Functions, Value], Value]:
    return lambda f, u: write(f, *f.cos_sin(u))


def hyperbolic(write: Callable[[Functions, Value, Value], Value]) -> Callable[[Functions, Value], Value]:
    """In twice the hyperbolic cosine and sine."""

    def read(f: Functions, u: Value) -> Value:
        up = f.exp(u)
        down = f.inverse(up)
        return write(f, f.add([up, down]), f.sub(up, down))

    return read


def chosen(f: Functions, a: Value, b: Value, op: Op, sign: int) -> Value:
    """max and min: (a + b + |a - b|)/2 in proofs; else closed."""
    if f.closed:
        return f.call(op, (a, b))
    return f.scaled(f.add([a, b, f.scaled(f.size(f.sub(a, b)), sign)]), HALF)


def rooted(f: Functions, u: Value, n: Value) -> Value:
    if not n.is_number() or n.c.q != 1 or n.c == 0:
        return f.call(ops.root, (u, n))
    order = int(n.c.p)
    if order % 2:
        return f.real_root(u, order) if order > 0 else f.inverse(f.real_root(u, -order))
    return f.power(u, Fraction(1, order))


def two_log(f: Functions, u: Value, b: Value) -> Value:
    return f.div(f.log(u), f.log(b))


def shifted_gamma(f: Functions, u: Value) -> Value:
    """gamma(v + k) = (v + m) ... (v + k - 1) gamma(v + m), m the least offset that the formula holds."""
    terms = f.terms(u)
    c0 = terms.get(UNIT, Fraction(0))
    k = c0.numerator // c0.denominator
    if u.is_number() and c0 == k and 0 < k <= 20:
        return number(int(ops.gamma.exact(k)))  # type: ignore[misc]  # the row has an exact value there
    v = f.sub(u, number(k))
    name = v.name()
    m = f.lowest.get(("gamma", name))
    if m is None or k < m:
        if m is not None:
            f.signs.version += 1
        m = f.lowest["gamma", name] = k
    if k - m > 20:
        return f.call(ops.gamma, (u,))
    result = f.call(ops.gamma, (f.add([v, number(m)]),))
    for n in range(m, k):
        result = f.mul(result, f.add([v, number(n)]))
    return result


# fmt: off
READINGS: dict[Op, Callable[..., Value]] = {
    ops.neg:      lambda f, u: negated(u),
    ops.mul:      lambda f, u, v: f.mul(u, v),
    ops.div:      lambda f, u, v: f.div(u, v),
    ops.pow:      lambda f, u, n: f.pow(u, n),
    ops.pi:       lambda f: f.pi(),
    ops.e:        lambda f: f.exp(ONE),
    ops.sqrt:     lambda f, u: f.power(u, HALF),
    ops.cbrt:     lambda f, u: f.real_root(u, 3),
    ops.root:     rooted,
    ops.exp:      lambda f, u: f.exp(u),
    ops.log:      lambda f, u: f.log(u),
    ops.log2:     lambda f, u: f.div(f.log(u), f.log(number(2))),
    ops.log10:    lambda f, u: f.div(f.log(u), f.log(number(10))),
    ops.logb:     two_log,
    ops.expm1:    lambda f, u: f.sub(f.exp(u), ONE),
    ops.log1p:    lambda f, u: f.log(f.add([ONE, u])),
    ops.absolute: lambda f, u: f.size(u),
    ops.sign:     lambda f, u: f.sign(u),
    ops.minimum:  lambda f, u, v: chosen(f, u, v, ops.minimum, -1),
    ops.maximum:  lambda f, u, v: chosen(f, u, v, ops.maximum, 1),
    ops.hypot:    lambda f, u, v: f.power(f.add([f.mul(u, u), f.mul(v, v)]), HALF),
    ops.sigmoid:  lambda f, u: f.inverse(f.add([ONE, f.inverse(f.exp(u))])),
    ops.softplus: lambda f, u: f.log(f.add([ONE, f.exp(u)])),
    ops.sin:      trigonometric(lambda f, c, s: s),
    ops.cos:      trigonometric(lambda f, c, s: c),
    ops.tan:      trigonometric(lambda f, c, s: f.div(s, c)),
    ops.cot:      trigonometric(lambda f, c, s: f.div(c, s)),
    ops.sec:      trigonometric(lambda f, c, s: f.inverse(c)),
    ops.csc:      trigonometric(lambda f, c, s: f.inverse(s)),
    ops.sinh:     hyperbolic(lambda f, c, s: f.scaled(s, HALF)),
    ops.cosh:     hyperbolic(lambda f, c, s: f.scaled(c, HALF)),
    ops.tanh:     hyperbolic(lambda f, c, s: f.div(s, c)),
    ops.coth:     hyperbolic(lambda f, c, s: f.div(c, s)),
    ops.sech:     hyperbolic(lambda f, c, s: f.scaled(f.inverse(c), 2)),
    ops.csch:     hyperbolic(lambda f, c, s: f.scaled(f.inverse(s), 2)),
    ops.atan:     lambda f, u: f.atan(u),
    ops.acot:     lambda f, u: f.atan(f.inverse(u)),
    ops.asin:     lambda f, u: f.asin(u),
    ops.acsc:     lambda f, u: f.asin(f.inverse(u)),
    ops.acos:     lambda f, u: f.sub(f.scaled(f.pi(), HALF), f.asin(u)),
    ops.asec:     lambda f, u: f.sub(f.scaled(f.pi(), HALF), f.asin(f.inverse(u))),
    ops.atanh:    lambda f, u: f.atanh(u),
    ops.acoth:    lambda f, u: f.atanh(f.inverse(u)),
    ops.asinh:    lambda f, u: f.asinh(u),
    ops.acsch:    lambda f, u: f.asinh(f.inverse(u)),
    ops.acosh:    lambda f, u: f.acosh(u),
    ops.asech:    lambda f, u: f.acosh(f.inverse(u)),
    ops.erfc:     lambda f, u: f.sub(ONE, f.call(ops.erf, (u,))),
    ops.factorial: lambda f, u: shifted_gamma(f, f.add([u, ONE])),
    ops.gamma:    shifted_gamma,
}
# fmt: on

CLOSED = frozenset(
    (ops.acot, ops.acsc, ops.acos, ops.asec, ops.atanh, ops.acoth, ops.asinh, ops.acsch, ops.acosh, ops.asech)
)
MEETING = {ops.acos: "asin", ops.acot: "atan"}  # closed, unless the formula holds the other
POSITIVE_CALLS = frozenset((ops.besselk,))
