"""Vector code of powers and roots, at most 2 units in the last place from the truth.

u^n = exp(n log u) with log u to some 65 bits: u = 2^k (1 + f), s = f/(2 + f), log u = k log 2 + 2 atanh(s), in sums of
two doubles, and atanh(s)/s = 1 + z/3 + z^2 P(z), z = s^2, where P interpolates at Chebyshev points (degree 7, error
1e-18). A number that is known to be the exponent, and small, becomes products. The cube root
takes one step of Halley's method.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, ldexp, nan

from symdiff.numeric.llvm.exponentials import EXP, LOG2_E, LOG2_HIGH, LOG2_LOW
from symdiff.numeric.llvm.logarithms import split
from symdiff.numeric.llvm.pairs import Pair, exactly, fast_sum, pair_quotient, product, two_sum
from symdiff.numeric.llvm.plain import defined, quotient
from symdiff.numeric.llvm.vectors import Vectors

# fmt: off
# (atanh(s)/s - 1 - z/3)/z^2 in z = s^2, for |s| <= (sqrt(2) - 1)/(sqrt(2) + 1)
ATANH = (0.2, 0.14285714285714685, 0.1111111111082725, 0.0909090916785336, 0.07692297464492055, 0.0666740325865275,
         0.058530937599893966, 0.05861844511824613)
THIRD, THIRD_LOW = 1 / 3, 1.850371707708594e-17
# (1 + f)^(1/3) in f, for 1 + f in [sqrt(1/2), sqrt(2)]: interpolation at Chebyshev points, error 1.6e-6
CBRT = (0.9999993820104695, 0.3333159207625349, -0.11100089136810636, 0.06245218449875826, -0.04435650623891691,
        0.02556608271860522)
# fmt: on

MOST = 16  # multiplications by squaring are cheaper than exp(n log u) up to here
TINY, LARGE = ldexp(1, -1022), ldexp(1, 1022)


def power(b: Vectors, u: str, n: str) -> str:
    """u^n: no negative power of 0, of a negative u integer powers only; nan^0 is nan."""
    known = b.value_of(n)
    if known is not None and (short := short_power(b, u, known)) is not None:
        return short
    size = b.absolute(u)
    found = exp_of_pair(b, times(b, log_of_base(b, u, size), n))
    zero, one = b.constant(0.0), b.constant(1.0)
    found = b.select(b.compare("oeq", size, one), one, found)
    found = b.select(b.compare("oeq", size, b.constant(inf)), power_of_inf(b, n), found)
    found = b.select(b.compare("oeq", u, zero), power_of_zero(b, n), found)
    found = b.select(b.compare("oeq", n, zero), one, found)
    found = b.select(b.compare("olt", u, zero), signed(b, found, n), found)
    return defined(b, found, b.compare("ord", u, n))


def signed(b: Vectors, found: str, n: str) -> str:
    """The power of a negative number, from that of its size."""
    half = b.mul(n, b.constant(0.5))
    even = b.compare("oeq", b.floor(half), half)
    return defined(b, b.select(even, found, b.neg(found)), b.compare("oeq", b.floor(n), n))


def power_of_inf(b: Vectors, n: str) -> str:
    """inf^n for n that is not 0."""
    return b.select(b.compare("ogt", n, b.constant(0.0)), b.constant(inf), b.constant(0.0))


def power_of_zero(b: Vectors, n: str) -> str:
    """0^n for n that is not 0."""
    return b.select(b.compare("ogt", n, b.constant(0.0)), b.constant(0.0), b.constant(nan))


def log_of_base(b: Vectors, u: str, size: str) -> Pair:
    """log |u|; of a number known now, by decimals."""
    known = b.value_of(u)
    if known is None or not 0 < known < inf:
        found: Pair = b.remember(("log in two parts", size), lambda: log_in_two_parts(b, size))
        return found
    return Pair(*map(b.constant, log_of_number(known)))


def log_of_number(u: float) -> tuple[float, float]:
    """log u as a sum of two doubles."""
    from decimal import Context, Decimal  # 5 ms, and few formulas need it

    context = Context(prec=50)
    exact = Decimal(u).ln(context)
    return float(exact), float(context.subtract(exact, Decimal(float(exact))))


def log_in_two_parts(b: Vectors, u: str) -> Pair:
    """log u for a positive finite u, its relative error below 2^-64."""
    small = b.compare("olt", u, b.constant(TINY))
    k, m = split(b, b.select(small, b.mul(u, b.constant(ldexp(1, 54))), u))
    k = b.select(small, b.sub(k, b.constant(54.0)), k)
    f = b.sub(m, b.constant(1.0))
    log_m = twice_atanh(b, pair_quotient(b, exactly(b, f), fast_sum(b, b.constant(2.0), f)))
    high, rest = fast_sum(b, b.mul(k, b.constant(LOG2_HIGH)), log_m.high)
    low = two_sum(b, rest, b.mul(k, b.constant(LOG2_LOW)))
    found = fast_sum(b, high, low.high)
    return Pair(found.high, b.add(found.low, b.add(low.low, b.add(log_m.low, log2_low_rest(b, k)))))


def log2_low_rest(b: Vectors, k: str) -> str:
    """What rounding k LOG2_LOW lost."""
    return b.fma(k, b.constant(LOG2_LOW), b.neg(b.mul(k, b.constant(LOG2_LOW))))


def twice_atanh(b: Vectors, s: Pair) -> Pair:
    """2s (1 + z/3 + z^2 P(z)), z = s^2."""
    square = product(b, s.high, s.high)
    square_low = b.fma(b.add(s.high, s.high), s.low, square.low)
    third = product(b, square.high, b.constant(THIRD))
    third_low = b.fma(square.high, b.constant(THIRD_LOW), b.fma(square_low, b.constant(THIRD), third.low))
    high, low = fast_sum(b, third.high, b.mul(b.mul(square.high, square.high), b.polynomial(square.high, ATANH)))
    low = b.add(low, third_low)
    twice, twice_low = b.add(s.high, s.high), b.add(s.low, s.low)
    rest = product(b, twice, high)
    found = fast_sum(b, twice, rest.high)
    low = b.fma(twice, low, b.fma(twice_low, high, rest.low))
    return Pair(found.high, b.add(found.low, b.add(low, twice_low)))


def times(b: Vectors, u: Pair, n: str) -> Pair:
    """n u."""
    found = product(b, u.high, n)
    return Pair(found.high, b.fma(u.low, n, found.low))


def exp_of_pair(b: Vectors, y: Pair) -> str:
    """exp of a sum of two doubles."""
    high = b.maximum(b.constant(-760.0), b.minimum(b.constant(720.0), y.high))
    low = b.select(b.compare("oeq", high, y.high), y.low, b.constant(0.0))
    n, _ = b.nearest(b.mul(high, b.constant(LOG2_E)))
    near = b.fma(n, b.constant(-LOG2_HIGH), high)
    low = b.fma(n, b.constant(-LOG2_LOW), low)
    r = b.add(near, low)
    rest = b.fma(b.mul(r, r), b.polynomial(r, EXP), b.add(b.sub(near, r), low))
    return b.scale(b.add(b.constant(1.0), b.add(r, rest)), n)


# ----------------------------------------------------------------------------------------------- small, known exponents


def short_power(b: Vectors, u: str, n: float) -> str | None:
    """u^n for an exponent that takes few instructions; None for another."""
    simple = SIMPLE.get(n)
    if simple:
        return simple(b, u)
    if not (abs(n) <= MOST and n.is_integer()):
        return None
    return product_of_many(b, exactly(b, u) if n > 0 else inverse(b, u), abs(int(n)))


def product_of_many(b: Vectors, u: Pair, n: int) -> str:
    """u^n by squaring, in sums of two doubles; once a product is infinite it stays so."""
    found: Pair | None = None
    while n:
        if n & 1:
            found = u if found is None else pair_product(b, found, u)
        n >>= 1
        u = pair_product(b, u, u) if n else u
    assert found is not None
    infinite = b.compare("oeq", b.absolute(found.high), b.constant(inf))
    return b.select(infinite, found.high, b.add(*found))


def pair_product(b: Vectors, u: Pair, v: Pair) -> Pair:
    """u v."""
    found = product(b, u.high, v.high)
    return Pair(found.high, b.fma(u.high, v.low, b.fma(u.low, v.high, found.low)))


def inverse(b: Vectors, u: str) -> Pair:
    """1/u; nothing over 0."""
    found = quotient(b, b.constant(1.0), u)
    return Pair(found, b.mul(b.fma(b.neg(found), u, b.constant(1.0)), found))


def inverse_square(b: Vectors, u: str) -> str:
    """u^-2, as the square of 1/u, which overflows and underflows where u^-2 does."""
    found = quotient(b, b.constant(1.0), u)
    return b.mul(found, found)


def fourth(b: Vectors, u: str) -> str:
    """u^4."""
    square = b.mul(u, u)
    return b.mul(square, square)


# fmt: off
SIMPLE: dict[float, Callable[[Vectors, str], str]] = {
    -2.0: inverse_square,
    -1.0: lambda b, u: quotient(b, b.constant(1.0), u),
    -0.5: lambda b, u: quotient(b, b.constant(1.0), b.sqrt(u)),
    0.0:  lambda b, u: b.select(b.is_nan(u), u, b.constant(1.0)),
    0.5:  Vectors.sqrt,
    1.0:  lambda b, u: u,
    1.5:  lambda b, u: b.mul(u, b.sqrt(u)),
    2.0:  lambda b, u: b.mul(u, u),
    3.0:  lambda b, u: b.mul(b.mul(u, u), u),
    4.0:  fourth,
}
# fmt: on


# ---------------------------------------------------------------------------------------------------------------- roots


def root(b: Vectors, u: str, n: str) -> str:
    """The real n-th root: |u|^(1/n), of a negative u for odd n only; an infinite n is left to the careful path."""
    known = b.value_of(n)
    if known in (2.0, 3.0):
        return b.sqrt(u) if known == 2.0 else cbrt(b, u)
    b.flag(b.both(b.compare("oeq", b.absolute(n), b.constant(inf)), b.compare("ord", u, u)))
    size, zero = b.absolute(u), b.constant(0.0)
    y = pair_quotient(b, log_of_base(b, u, size), exactly(b, n))
    found = exp_of_pair(b, y)
    found = b.select(b.compare("oeq", size, b.constant(1.0)), size, found)
    found = b.select(b.compare("oeq", size, b.constant(inf)), power_of_inf(b, n), found)
    found = b.select(b.compare("oeq", u, zero), power_of_zero(b, n), found)
    half = b.mul(n, b.constant(0.5))
    odd = b.both(b.compare("oeq", b.floor(n), n), b.compare("one", b.floor(half), half))
    inside = b.either(b.compare("oge", u, zero), b.both(odd, b.compare("olt", u, zero)))
    return defined(b, b.copysign(found, u), b.both(inside, b.compare("one", n, zero)))


def cbrt(b: Vectors, u: str) -> str:
    """The cube root: u = 2^3q m with m in [0.35, 2.83], a polynomial's y, and y - y (y^3 - m)/(2 y^3 + m) (Halley)."""
    size = b.absolute(u)
    small = b.compare("olt", size, b.constant(TINY))
    k, m = split(b, b.select(small, b.mul(size, b.constant(ldexp(1, 54))), size))
    q, _ = b.nearest(b.mul(k, b.constant(1 / 3)))
    r = b.fma(q, b.constant(-3.0), k)
    y = b.mul(b.polynomial(b.sub(m, b.constant(1.0)), CBRT), of_thirds(b, r, 2 ** (1 / 3)))
    m = b.mul(m, of_thirds(b, r, 2.0))
    square = product(b, y, y)
    rest = b.fma(square.low, y, b.fma(square.high, y, b.neg(m)))
    y = b.sub(y, b.div(b.mul(y, rest), b.fma(b.constant(2.0), rest, b.mul(b.constant(3.0), m))))
    q = b.select(small, b.sub(q, b.constant(18.0)), q)
    ordinary = b.both(b.compare("ogt", size, b.constant(0.0)), b.compare("olt", size, b.constant(inf)))
    return b.select(ordinary, b.copysign(b.mul(y, b.power_of_two(q)), u), u)


def of_thirds(b: Vectors, r: str, factor: float) -> str:
    """factor^r for r in {-1, 0, 1}."""
    one, zero = b.constant(1.0), b.constant(0.0)
    positive = b.select(b.compare("ogt", r, zero), b.constant(factor), one)
    return b.select(b.compare("olt", r, zero), b.constant(1 / factor), positive)


def hypot(b: Vectors, u: str, v: str) -> str:
    """sqrt(u^2 + v^2), both scaled by the power of 2 in the larger one; nan with nan."""
    larger = b.maximum(b.absolute(u), b.absolute(v))
    within = b.maximum(b.constant(TINY), b.minimum(b.constant(LARGE), larger))
    exponent = b.iand(b.bits(within), b.integer(0x7FF << 52))
    down = b.as_float(b.isub(b.integer(2046 << 52), exponent))
    p, q = b.mul(u, down), b.mul(v, down)
    return b.mul(b.sqrt(b.fma(p, p, b.mul(q, q))), b.as_float(exponent))


# fmt: off
FUNCTIONS: dict[str, Callable[..., str]] = {
    "^":     power,
    "sqrt":  Vectors.sqrt,
    "cbrt":  cbrt,
    "root":  root,
    "hypot": hypot,
}
# fmt: on
