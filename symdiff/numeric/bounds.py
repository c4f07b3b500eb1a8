"""Proven bounds: two exact numbers with the true value between them, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

PLAIN = 6  # zeros before or after the digits that are written out; beyond, an exponent
WIDE = 6  # digits of the ends of an interval, at least
SPARE = 2  # digits beyond those written, before a decimal stands for the bounds
MOST_DIGITS = 100_000


@dataclass(frozen=True, slots=True, repr=False)
class Bounds:
    """A closed interval [lower, upper] that holds the value, for certain; both ends are exact.

    `digits`: how many significant decimal digits they prove, at most as many as were asked for; 0 where the interval
    holds 0 and more. `bits`: the precision that it took. Written, it is the decimal with so many digits to which every
    number between the ends rounds, where the bounds are that close; else the two ends, rounded outwards.

    >>> b = Bounds(Fraction(1, 3), Fraction(1, 3), digits=10)
    >>> b, float(b), Fraction(1, 3) in b, b.radius
    (Bounds(0.3333333333), 0.3333333333333333, True, Fraction(0, 1))
    >>> print(Bounds(Fraction(-1, 3), Fraction(2)))
    [-0.333334, 2]
    """

    lower: Fraction
    upper: Fraction
    digits: int = 0
    bits: int = 0

    @property
    def mid(self) -> Fraction:
        """The middle of the interval."""
        return (self.lower + self.upper) / 2

    @property
    def radius(self) -> Fraction:
        """How far the true value may lie from the middle; 0 for an exact value."""
        return (self.upper - self.lower) / 2

    def __float__(self) -> float:
        """The float nearest to the middle. Raises OverflowError beyond the floats."""
        return float(self.mid)

    def __contains__(self, thing: object) -> bool:
        """Whether a number (int, Fraction, float) lies between the ends, or a whole interval does."""
        if isinstance(thing, Bounds):
            return self.lower <= thing.lower and thing.upper <= self.upper
        return isinstance(thing, int | Fraction | float) and bool(self.lower <= thing <= self.upper)

    def __repr__(self) -> str:
        return f"Bounds({self})"

    def __str__(self) -> str:
        if self.digits and proven(self.lower, self.upper, self.digits + SPARE) == self.digits + SPARE:
            below, above = decimal(self.lower, self.digits), decimal(self.upper, self.digits)
            if below == above:
                return written(below, exact=self.lower == self.upper == Fraction(below))
        digits = max(WIDE, self.digits + SPARE)
        ends = decimal(self.lower, digits, ROUND_FLOOR), decimal(self.upper, digits, ROUND_CEILING)
        return "[{}, {}]".format(*[written(end, exact=True) for end in ends])


def proven(lower: Fraction, upper: Fraction, most: int) -> int:
    """How many significant digits these ends prove: they differ by at most 10^-digits of the value."""
    if lower == upper:
        return most
    if lower <= 0 <= upper:
        return 0
    ratio = decimal(min(abs(lower), abs(upper)) / (upper - lower), 3, ROUND_FLOOR)
    return max(0, min(most, ratio.adjusted()))


def scaled(bounds: Bounds, n: int) -> Bounds:
    """n times the value that the bounds hold, n > 0."""
    return replace(bounds, lower=n * bounds.lower, upper=n * bounds.upper)


def decimal(q: Fraction, digits: int, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """q rounded to so many significant digits, correctly."""
    context = Context(prec=digits, rounding=rounding, Emax=MAX_EMAX, Emin=MIN_EMIN)
    return context.divide(Decimal(q.numerator), Decimal(q.denominator))


def written(number: Decimal, *, exact: bool) -> str:
    """A decimal as it is read: with an exponent where it is far from 1, and no zeros at the end if it is exact."""
    if not number:
        return "0"
    sign, digits, _ = number.as_tuple()
    text = "".join(map(str, digits))
    place = number.adjusted()
    text = text.rstrip("0") if exact else text
    if place < -PLAIN or place >= max(len(digits), PLAIN) + PLAIN:
        body = f"{text[0]}.{text[1:]}".rstrip(".") + f"e{place:+03d}"
    elif place < 0:
        body = "0." + "0" * (-place - 1) + text
    else:
        whole, rest = text[: place + 1].ljust(place + 1, "0"), text[place + 1 :]
        body = f"{whole}.{rest}" if rest else whole
    return "-" * sign + body
