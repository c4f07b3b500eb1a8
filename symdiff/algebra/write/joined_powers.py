"""Products of powers with symbols: like bases meet, and numbers and factors are drawn into powers of the same base."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from symdiff.algebra.compose import BITS, Factor
from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.values import Value, number
from symdiff.core.exact import Exact, normalised
from symdiff.core.expr import Expr

if TYPE_CHECKING:
    from symdiff.algebra.write.writer import Writer


class Power(NamedTuple):
    """A base to an exponent; the base e is None. `below`: the formula divides by it, so that it is not 0."""

    base: Value | None
    exponent: Value
    strict: bool
    below: bool = False


class Mix(NamedTuple):
    """A product: a number, factors to rational powers, and powers with symbols."""

    c: Exact
    found: list[Factor]
    powers: list[Power]


def gathered(writer: Writer, mix: Mix) -> Mix:
    """Powers of one base as one, and what then is a power of the base of another with it."""
    field = writer.field
    powers: dict[tuple[Any, ...], Power] = {}
    for power in mix.powers:
        assert power.base is not None
        name = power.base.name()
        if name in powers:
            other = powers[name]
            exponent = field.add([other.exponent, power.exponent])
            power = Power(power.base, exponent, power.strict, power.below and other.below)
        powers[name] = power
    for name, power in list(powers.items()):
        inner = inner_power(field, power)
        if inner is not None and inner[0] in powers and name in powers:
            k = ratio(powers[inner[0]].exponent, inner[1])
            if k is not None and k.denominator == 1:
                below = power.below and powers[inner[0]].below
                powers[name] = power._replace(exponent=field.add([power.exponent, number(k)]), below=below)
                del powers[inner[0]]
    found = list(mix.found)
    left: list[Power] = []
    for power in powers.values():
        if power.exponent.is_number():
            if power.exponent.c != 0:
                found.append((writer.value(power.base), normalised(power.exponent.rational())))  # type: ignore[arg-type]
        else:
            left.append(power)
    return Mix(mix.c, found, left)


def inner_power(field: Functions, power: Power) -> tuple[tuple[Any, ...], Value] | None:
    """Where the base is a power itself: the name of its base, and its exponent."""
    base = power.base
    if base is None or base.c != 1 or len(base.pw) != 1:
        return None
    ((i, n),) = base.pw.items()
    j = field.lone.get(i)
    if n != 1 or j is None or field.info[j].kind != "power":
        return None
    inner, exponent = field.info[j].of
    return field.canonical(inner).name(), exponent


def ratio(u: Value, v: Value) -> Fraction | None:
    """u/v, if it is a number."""
    if u.shape() != v.shape():
        return None
    q = u.c / v.c
    return Fraction(int(q.p), int(q.q))


def variants(writer: Writer, mix: Mix) -> Iterator[Mix]:
    """The product as it is; with factors, and the number, drawn into the powers of the same base."""
    yield mix
    drawn = mix
    for n in range(len(mix.powers)):
        drawn = drawn_in(writer, drawn, n)
    if drawn is not mix:
        yield drawn
    for shift in (own_shift, shift_to_another):
        shifted = mix
        for n in range(len(mix.powers)):
            shifted = shift(writer.field, shifted, n)
        if shifted is not mix:
            yield shifted


def drawn_in(writer: Writer, mix: Mix, n: int) -> Mix:
    """x^u x^k as x^(u + k), for a base that may be a product."""
    power = mix.powers[n]
    if power.base is None:
        return mix
    c, parts = writer.make.factors(writer.value(power.base))
    if c != 1 or not parts:
        return mix
    held: dict[Expr, Exact] = {}
    for b, m in mix.found:
        held[b] = held.get(b, 0) + m
    ratios = [Fraction(held.get(b, 0)) / m for b, m in parts]
    if not all([k.denominator == 1 or (power.strict and len(parts) == 1) for k in ratios]):
        return mix
    k = min(ratios, key=abs)
    if not k or any([r / k < 0 for r in ratios]):
        return mix
    for b, m in parts:
        held[b] = normalised(held[b] - k * m)
    below = power.below and k < 0
    powers = list(mix.powers)
    powers[n] = power._replace(exponent=writer.field.add([power.exponent, number(k)]), below=below)
    return Mix(mix.c, [(b, m) for b, m in held.items() if m], powers)


def own_shift(field: Functions, mix: Mix, n: int) -> Mix:
    """2 2^u as 2^(u + 1)."""
    p = prime(field, mix.powers[n])
    if not p or not mix.c:
        return mix
    return shifted(field, mix, n, p, valuation(mix.c.numerator, p) - valuation(mix.c.denominator, p))


def shift_to_another(field: Functions, mix: Mix, n: int) -> Mix:
    """2^u x^(u + 1) as 2^(u + 1) x^(u + 1)/2."""
    p = prime(field, mix.powers[n])
    for other in mix.powers if p else ():
        if not prime(field, other):
            more = field.sub(other.exponent, mix.powers[n].exponent)
            if more.is_number() and more.c.q == 1 and more.c != 0:
                return shifted(field, mix, n, p, int(more.c.p))
    return mix


def shifted(field: Functions, mix: Mix, n: int, p: int, k: int) -> Mix:
    if not k or abs(k) > BITS:
        return mix
    powers = list(mix.powers)
    powers[n] = powers[n]._replace(exponent=field.add([powers[n].exponent, number(k)]))
    return Mix(normalised(Fraction(mix.c) * Fraction(p) ** -k), mix.found, powers)


def prime(field: Functions, power: Power) -> int:
    """The prime number that is the base; 0 if it is none."""
    if power.base is None or len(power.base.pw) != 1 or power.base.c != 1:
        return 0
    ((i, n),) = power.base.pw.items()
    return int(field.bases[i].leading_coefficient()) if n == 1 and i in field.primes else 0


def valuation(n: int, p: int) -> int:
    count = 0
    while n and n % p == 0:
        n //= p
        count += 1
    return count
