"""Guards: which lanes of products and reciprocals went wrong, asked quickly of all of them, and precisely if need be.

Hardly ever is a doubted value infinite, subnormal or 0. So the loop asks of all of them at once whether one is, and
goes into the particulars only then: an infinity or a 0 that was in an argument is as it should be.
"""

from __future__ import annotations

import struct
from functools import reduce
from math import inf

from symdiff.numeric.llvm.instructions import Doubt
from symdiff.numeric.llvm.vectors import INFINITE, SUBNORMAL, ZERO, Vectors

WITHOUT_SIGN = 0x7FFFFFFF
LEAST, LARGEST = 2.0**-1022, (2 - 2.0**-52) * 2.0**1023  # of the normal doubles


def doubtful(b: Vectors) -> str | None:
    """A truth value: whether some lane is flagged, or may have to be; None where there is no such lane for certain."""
    if b.is_wide:
        suspects = [wrong(b, doubt) for doubt in b.doubts] + ([b.flagged] if b.flagged else [])
        return any_lane(b, reduce(b.either, suspects)) if suspects else None
    negative = extremes(b) if b.doubts else []
    if b.flagged:
        negative.append(b.do(f"sext {b.masks} {b.flagged} to {halves(b)}"))
    if not negative:
        return None
    found = reduce(lambda i, j: b.do(f"or {halves(b)} {i}, {j}"), negative)
    return any_lane(b, b.do(f"icmp slt {halves(b)} {found}, zeroinitializer"))


def any_lane(b: Vectors, mask: str) -> str:
    """Whether a mask holds anywhere."""
    return b.do(f"icmp ne i{b.lanes} {b.do(f'bitcast {b.masks} {mask} to i{b.lanes}')}, 0")


def extremes(b: Vectors) -> list[str]:
    """Integers that are negative where a doubted value is too far from 0, 0 or subnormal, or infinite or nan.

    An infinite value that another doubted one is computed from need not be looked for: that one is infinite, 0 or nan.
    """
    bounded = [doubt for doubt in b.doubts if doubt.limit < inf]
    found = [within(b, upper_half(b, doubt.value), upper_bits(doubt.limit)) for doubt in bounded]
    doubted = [doubt.value for doubt in b.doubts if doubt.limit == inf]
    if doubted:
        carried = {cause for doubt in b.doubts for cause in doubt.carried}
        least = extreme(b, "umin", doubted)
        most = extreme(b, "umax", [value for value in doubted if value not in carried])
        found += [b.do(f"sub {halves(b)} {least}, splat (i32 {upper_bits(LEAST)})"), within(b, most, upper_bits(inf))]
    return found


def within(b: Vectors, half: str, bound: int) -> str:
    """An integer that is negative unless another is below the bound."""
    return b.do(f"sub {halves(b)} splat (i32 {bound - 1}), {half}")


def upper_bits(x: float) -> int:
    """The upper half of a double."""
    (found,) = struct.unpack(">i", struct.pack(">d", x)[:4])
    return int(found)


def extreme(b: Vectors, name: str, values: list[str]) -> str:
    """The least or greatest upper halves of the sizes of these values."""

    def joined(u: str, v: str) -> str:
        return b.call(f"llvm.{name}.v{b.lanes}i32", halves(b), [u, v], [halves(b)] * 2)

    return reduce(joined, [upper_half(b, value) for value in values])


def halves(b: Vectors) -> str:
    """Half of each double: a vector of integers."""
    return f"<{b.lanes} x i32>"


def upper_half(b: Vectors, u: str) -> str:
    """The upper halves of doubles, their signs taken off; out of order, as one instruction takes them from two."""
    both = f"<{2 * b.lanes} x i32>"
    order = sorted(range(1, 2 * b.lanes, 2), key=lambda n: n // 4 % 2) if b.lanes == 8 else range(1, 2 * b.lanes, 2)
    numbers = ", ".join([f"i32 {n}" for n in order])
    parts = b.do(f"bitcast {b.floats} {u} to {both}")
    found = b.do(f"shufflevector {both} {parts}, {both} poison, <{b.lanes} x i32> <{numbers}>")
    return b.do(f"and {halves(b)} {found}, splat (i32 {WITHOUT_SIGN})")


def settle(b: Vectors) -> None:
    """Flag the doubted lanes that are wrong."""
    for doubt in b.doubts:
        mask = wrong(b, doubt)
        for cause in doubt.causes:
            mask = b.both(mask, b.negate(infinite_or_zero(b, cause)))
        b.flag(mask)
    b.doubts = []


def wrong(b: Vectors, doubt: Doubt) -> str:
    """A mask: where a value is wrong unless a cause explains it; never where it is nan."""
    if b.classifies and doubt.limit == inf:
        return b.is_class(doubt.value, INFINITE | SUBNORMAL | (ZERO if doubt.zero else 0))
    size = b.absolute(doubt.value)
    if doubt.limit < inf:
        return b.compare("ogt", size, b.constant(doubt.limit))
    near = b.maximum(b.constant(LEAST), b.minimum(b.constant(LARGEST), size))
    outside = b.compare("one", near, size)
    return outside if doubt.zero else b.both(outside, b.compare("one", doubt.value, b.constant(0.0)))


def infinite_or_zero(b: Vectors, u: str) -> str:
    """A mask: where u is its own half."""
    if b.classifies:
        return b.is_class(u, INFINITE | ZERO)
    return b.compare("oeq", b.mul(u, b.constant(0.5)), u)
