"""Ways to write products of powers with symbols: like bases, like exponents and numbers meet where that is shorter.

p^u p^v = p^(u + v)       a negative p asks for whole u and v; at p = 0 both are not negative, and 0^0 = 1
p^u q^u = (p q)^u         a negative p or q asks for a whole u; at p q = 0 u is not negative
p^u / q^u = (p/q)^u       where p/q has a value wherever p and q have; not at q = 0, u = 0, unless q cancels
p^(r u) = (p^r)^u         for p > 0 only: (-1)^(2 u) is -1 at u = 1/2, and ((-1)^2)^u is 1
(p^u)^v p^(k u) = (p^u)^(v + k)     for whole k: p^u has a value, so that p^(k u) is its power
p^-u = 1/p^u              where p is not 0, or 1/p^u is what the formula says; 0^2 has a value, 1/0^(-2) has none
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from symdiff.algebra.compose import BITS, Factor
from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.signs import NONE
from symdiff.algebra.field.values import ONE, Key, Value, add_power
from symdiff.algebra.poly import fmpq
from symdiff.algebra.write.joined_powers import Mix, Power, gathered, prime, variants
from symdiff.core import ops
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import App, Expr

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer

Product = tuple[Exact, list[Factor]]


def with_powers(
    writer: Writer, c: Exact, found: list[Factor], symbolic: list[tuple[int, int]], vector: dict[Key, Fraction]
) -> Product:
    """The product of a number, factors, generators of symbolic powers and exponentials, in the cheapest way found."""
    plain = rest_of(writer, vector)
    if not symbolic and plain == vector:
        return c, [*found, *exponential(writer, vector)]
    writer.field.budget.check()
    first = gathered(writer, Mix(c, found, [*opened(writer, symbolic), *positive_powers(writer, vector)]))
    if plain:
        first.powers.append(Power(None, writer.field.sum_of(plain), strict=True))
    ways = [written(writer, mix) for mix in variants(writer, first)]
    return ways[0] if len(ways) == 1 else min(ways, key=lambda way: writer.make.cost(writer.make.product(*way)))


def exponential(writer: Writer, vector: dict[Key, Fraction]) -> list[Factor]:
    if not vector:
        return []
    exponent = writer.angle(vector)
    return [(App(ops.exp, (exponent,)) if exponent is not ops.ONE else ops.e(), 1)]


# ------------------------------------------------------------------------------------------------------------- reading


def opened(writer: Writer, symbolic: list[tuple[int, int]]) -> Iterator[Power]:
    """Generators of powers to whole powers."""
    field = writer.field
    for j, n in symbolic:
        base, exponent = field.info[j].of
        base = field.canonical(base)
        yield Power(base, field.scaled(exponent, n), field.is_positive(base), below=n < 0)


def rest_of(writer: Writer, vector: dict[Key, Fraction]) -> dict[Key, Fraction]:
    """What of an exponent is no multiple of a logarithm."""
    return {k: c for k, c in vector.items() if not logarithms_in(writer.field, k)}


def logarithms_in(field: Functions, k: Key) -> list[int]:
    """The bases of a monomial that are logarithms, not sizes of logarithms."""
    found = [i for i, n in k[0] if n == 1 and i in field.lone and field.info[field.lone[i]].kind == "log"]
    return [i for i in found if field.sign_in_key(k, i)]


def positive_powers(writer: Writer, vector: dict[Key, Fraction]) -> Iterator[Power]:
    """exp of multiples of log p as powers of p."""
    field = writer.field
    by_base: dict[int, dict[Key, Fraction]] = {}
    for k, c in vector.items():
        logs = logarithms_in(field, k)
        if logs:
            i = next((i for i in logs if i in by_base), min(logs, key=lambda i: (is_prime(field, i), i)))
            pw = frozenset([term for term in k[0] if term[0] != i])
            by_base.setdefault(i, {})[pw, k[1] - {i}] = c * field.sign_in_key(k, i)
    for i, exponent in by_base.items():
        p = field.info[field.lone[i]].key
        yield Power(Value(fmpq(1), {p: 1}, NONE), field.sum_of(exponent), strict=True)


def is_prime(field: Functions, i: int) -> bool:
    """Whether base i is the logarithm of a number."""
    return field.info[field.lone[i]].key in field.primes


# ------------------------------------------------------------------------------------------------------- like exponents


def written(writer: Writer, mix: Mix) -> Product:
    """Powers whose exponents differ by a number together or apart, whatever costs less in the product."""
    groups: dict[object, list[Power]] = {}
    for power in mix.powers:
        groups.setdefault(power.exponent.shape(), []).append(power)
    ways = [known_forms(writer, group) for group in groups.values()]
    chosen = [way[0] for way in ways]
    make = writer.make

    def cost(n: int, form: list[Factor]) -> float:
        factors = [factor for i, other in enumerate(chosen) for factor in (form if i == n else other)]
        return make.cost(make.product(mix.c, [*mix.found, *factors]))

    for n, way in enumerate(ways):
        if len(way) > 1:
            costs = [cost(n, form) for form in way]
            chosen[n] = way[costs.index(min(costs))]
    return mix.c, [*mix.found, *[factor for form in chosen for factor in form]]


def known_forms(writer: Writer, group: list[Power]) -> list[list[Factor]]:
    """The forms of a group, remembered: six of seven are asked for again."""
    asked = tuple([(u and u.name(), exponent.name(), strict, below) for u, exponent, strict, below in group])
    found = writer.power_forms.get(asked)
    if found is None:
        found = writer.power_forms[asked] = forms(writer, group)
    return found


def forms(writer: Writer, group: list[Power]) -> list[list[Factor]]:
    """The ways to write powers whose exponents are multiples of one: each alone, and as many as can be under one."""
    alone = [joint(writer, [power], size(power.exponent)) for power in group]
    ways = [[found[0] for found in alone if found]]
    if len(group) == 1:
        ways += [[factor] for factor in alone[0][1:]]
    for t in targets(writer.field, group):
        members = [power for power in group if joins(writer.field, power, t)]
        if len(members) > 1 or (members and size(members[0].exponent) != t):
            left = [found[0] for power, found in zip(group, alone, strict=True) if power not in members and found]
            ways += [[*left, *([factor] if factor else [])] for factor in together(writer, members, t)]
    return ways


def size(exponent: Value) -> Fraction:
    return abs(exponent.rational())


def targets(field: Functions, group: list[Power]) -> list[Fraction]:
    """The multiples to which the exponents may be brought."""
    found: dict[Fraction, None] = {}
    for power in group:
        c = size(power.exponent)
        found[c] = None
        if prime(field, power):
            found[c / c.numerator] = None
    return list(found)


def joins(field: Functions, power: Power, t: Fraction) -> bool:
    """Whether a power can be written with t times the exponent."""
    r = size(power.exponent) / t
    if r == 1 or not power.strict:
        return r == 1
    p = prime(field, power)
    return r.denominator == 1 and r * p.bit_length() <= BITS if p else r.denominator <= 2


def together(writer: Writer, group: list[Power], t: Fraction) -> list[Factor | None]:
    """Powers under one exponent; None where the bases cancel."""
    base, e = product_of_bases(writer.field, group, t)
    return [None] if base.is_number() and base.c == 1 and not e else [*joint(writer, group, t)]


def joint(writer: Writer, group: list[Power], t: Fraction) -> list[Factor]:
    """J^(t u), (1/J)^(-t u), both below a bar, where that is sound, J the product of the bases; the cheapest first."""
    field = writer.field
    base, e = product_of_bases(field, group, t)
    over, under = defined(field, base), defined(field, field.inverse(base))
    divided = all([power.below and power.exponent.c < 0 for power in group])
    if len(group) == 1:  # the base as it is has a value
        over, under = over or group[0].exponent.c > 0, under or group[0].exponent.c < 0
    unit = group[0].exponent
    exponent = Value(fmpq(t.numerator, t.denominator), unit.pw, unit.sg)
    found: list[Factor] = []
    for sign, above, below in ((1, over, over and under), (-1, under, (over and under) or divided)):
        b = based(writer, units_turned(field, field.whole_power(base, sign)), sign * e) if above or below else None
        if above:
            found.append((power_of(b, writer.value(field.scaled(exponent, sign))), 1))
        if below:
            found.append((power_of(b, writer.value(field.scaled(exponent, -sign))), -1))
    return sorted(found, key=lambda factor: writer.make.cost(writer.make.product(1, [factor])))


def defined(field: Functions, v: Value) -> bool:
    """Whether no base below the bar of v can be 0."""
    return all([n > 0 or i in field.signs.nonzero for i, n in v.pw.items()])


def product_of_bases(field: Functions, group: list[Power], t: Fraction) -> tuple[Value, Fraction]:
    """The base of powers together, their exponents brought to t times the unit; and the exponent of e in it."""
    base, e = ONE, Fraction(0)
    for power in group:
        r = power.exponent.rational() / t
        if power.base is None:
            e += r
        elif r in (1, -1):
            base = field.mul(base, field.whole_power(power.base, int(r)))
        else:
            base = field.mul(base, field.size_power(power.base, r))
    return units_turned(field, base), e


def units_turned(field: Functions, base: Value) -> Value:
    """1/(sqrt(3) - sqrt(2)) as sqrt(3) + sqrt(2)."""
    pw = dict(base.pw)
    for i, n in base.pw.items():
        unit = field.inverse_unit(i) if n < 0 and n.denominator == 1 else None
        if unit is not None:
            del pw[i]
            add_power(pw, unit, -n)
    return base if pw == base.pw else Value(base.c, pw, base.sg)


def based(writer: Writer, base: Value, e: Fraction) -> Expr | None:
    """A base with a power of e in it; None stands for e itself."""
    if not e:
        return writer.value(base)
    if e == 1 and base.is_number() and base.c == 1:
        return None
    c, factors = writer.make.factors(writer.value(base))
    return writer.make.product(c, [*factors, (ops.e(), normalised(e))])


def power_of(base: Expr | None, exponent: Expr) -> Expr:
    return App(ops.exp, (exponent,)) if base is None else App(ops.pow, (base, exponent))
