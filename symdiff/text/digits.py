"""Exact numbers as decimal text and back. Python's own conversion refuses long integers, and takes quadratic time.

In both directions Python converts pieces of a few hundred digits, and neighbours are joined until one is left.
"""

from __future__ import annotations

from math import log

from symdiff.core.exact import Exact
from symdiff.errors import LimitError

MAX_DIGITS = 100_000  # of one number: some hundredths of a second to write or to read
LONG = 600  # digits; Python converts shorter integers however its limit is set
PIECE = 256  # bytes of a long integer that are converted at once

# As in JavaScript: plain digits where the point stands no further than this to the right or left of the first digit.
FAR_RIGHT, FAR_LEFT = 21, -6


def decimal(q: Exact) -> str | None:
    """The shortest exact decimal text of q, with an exponent where that is shorter; None where the digits never end.

    Raises LimitError beyond MAX_DIGITS digits.

    >>> from fractions import Fraction
    >>> decimal(Fraction(-1, 8)), decimal(10**30), decimal(Fraction(1, 3))
    ('-0.125', '1e30', None)
    """
    if q.__class__ is int and -(10**FAR_RIGHT) < q < 10**FAR_RIGHT:
        return str(q)
    scale = decimal_places(q.denominator)
    if scale is None:
        return None
    if scale > MAX_DIGITS:
        raise too_long()
    digits = integer_text(abs(q.numerator) * (10**scale // q.denominator))
    sign = "-" if q < 0 else ""
    return sign + placed(digits.rstrip("0"), len(digits) - scale)


def parted(q: Exact) -> tuple[str, str, str]:
    """|q| as digits, exponent of ten and denominator; the last two are empty where there is none.

    >>> parted(-15 * 10**40), parted(3)
    (('1.5', '41', ''), ('3', '', ''))
    """
    size = q if q >= 0 else -q
    text = decimal(size)
    if text is None:
        return integer_text(size.numerator), "", integer_text(size.denominator)
    digits, _, exponent = text.partition("e")
    return digits, exponent, ""


def placed(digits: str, point: int) -> str:
    """The shorter text of 0.digits times ten to the power `point`."""
    if len(digits) <= point:
        plain = digits + "0" * (point - len(digits))
    elif point > 0:
        plain = f"{digits[:point]}.{digits[point:]}"
    else:
        plain = f"0.{'0' * -point}{digits}"
    if FAR_LEFT < point <= FAR_RIGHT:
        return plain
    rest = f".{digits[1:]}" if len(digits) > 1 else ""
    return min(plain, f"{digits[0]}{rest}e{point - 1}", key=len)


def decimal_places(denominator: int) -> int | None:
    """How many decimals a fraction with this denominator has; None where they never end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest = denominator >> twos
    fives = round(log(rest, 5))  # from the size alone, since dividing by 5 again and again is quadratic
    if fives > MAX_DIGITS:
        raise too_long()
    return max(twos, fives) if 5**fives == rest else None


def integer_text(n: int) -> str:
    """The decimal digits of an integer of any size; raises LimitError beyond MAX_DIGITS."""
    bits = n.bit_length()
    if bits < 3 * LONG:
        return str(n)
    if bits > MAX_DIGITS * log(10, 2):
        raise too_long()
    if n < 0:
        return "-" + long_text(-n)
    return long_text(n)


def long_text(n: int) -> str:
    """The digits of a long positive integer."""
    from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact, localcontext  # few numbers are long

    raw = n.to_bytes((n.bit_length() + 7) // 8, "little")
    with localcontext(Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact])):
        parts = [Decimal(int.from_bytes(raw[i : i + PIECE], "little")) for i in range(0, len(raw), PIECE)]
        weight = Decimal(1 << 8 * PIECE)
        while len(parts) > 1:
            if len(parts) % 2:
                parts.append(Decimal(0))
            parts = [low + high * weight for low, high in zip(parts[::2], parts[1::2], strict=True)]
            weight = weight * weight
        return format(parts[0], "f")


def integer(digits: str) -> int:
    """The integer of this text of ASCII digits, a sign before it or none; raises LimitError beyond MAX_DIGITS.

    >>> integer("-12")
    -12
    """
    if len(digits) < LONG:
        return int(digits)
    if len(digits) > MAX_DIGITS + 1:
        raise too_long()
    if digits[0] == "-":
        return -long_integer(digits[1:])
    return long_integer(digits)


def long_integer(digits: str) -> int:
    """The integer of many digits."""
    width = LONG - 100
    parts = [int(digits[max(0, end - width) : end]) for end in range(len(digits), 0, -width)]
    weight = 10**width
    while len(parts) > 1:
        if len(parts) % 2:
            parts.append(0)
        parts = [low + high * weight for low, high in zip(parts[::2], parts[1::2], strict=True)]
        weight *= weight
    return parts[0]


def too_long() -> LimitError:
    """What is raised beyond the limit."""
    return LimitError(f"a number has more than {MAX_DIGITS:,} digits", "leave a large power as it is written")
