"""Exact numbers: what a Python number means, and the powers, roots and logarithms that stay rational."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from symdiff.errors import LimitError, OperandError, elided

Exact: TypeAlias = int | Fraction

BITS = 1 << 17  # of an exact power or factorial: about 40,000 digits
DIGITS = 100_000  # before or after the point of a Decimal, as of a number in text


def exact(value: object) -> Exact:
    """The exact rational that a Python number means; a float means its shortest decimal text. Raises OperandError."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OperandError(f"{float(value)} is not a real number, so it cannot stand in a formula")
        return normalised(Fraction(Decimal(float.__repr__(value))))  # five times faster than Fraction(text)
    if isinstance(value, Fraction):
        return normalised(value)
    return exact_number_like(value)


def exact_number_like(value: object) -> Exact:
    """The same for the numbers of other libraries: NumPy's scalars, Decimal, any registered Rational."""
    from numbers import Rational

    if isinstance(value, Rational):
        return normalised(Fraction(int(value.numerator), int(value.denominator)))
    if isinstance(value, Decimal) and value.is_finite():
        return exact_decimal(value)
    kind = type(value)
    if kind.__module__ == "numpy" and getattr(value, "shape", None) == ():
        if kind.__name__.startswith("float"):
            return exact(float(str(value)))  # the shortest text of its own precision: float32(0.1) means 0.1
        if hasattr(value, "item") and not isinstance(item := value.item(), kind) and isinstance(item, (int, float)):
            return exact(item)
    raise OperandError(f"{shortened(value)} is not a real number, so it cannot stand in a formula", wanted(value))


def exact_decimal(value: Decimal) -> Exact:
    """The rational that a finite Decimal is; raises LimitError beyond DIGITS, before anything so long is made."""
    exponent = value.as_tuple().exponent
    if value and abs(int(exponent)) > DIGITS:
        raise LimitError(f"{shortened(value)} has more than {DIGITS:,} digits when it is written out")
    return normalised(Fraction(value)) if value else 0


def wanted(value: object) -> str | None:
    """The next step for the things people most often put into a formula by mistake."""
    if isinstance(value, str):
        return f"text becomes an expression with parse({value!r}), a name a symbol with symbols({value!r})"
    if isinstance(value, complex):
        return "symdiff works over the reals"
    kind = type(value)
    if (kind.__module__, kind.__name__) == ("symdiff.core.expr", "Op"):  # which imports this module
        return f"{value!r} is an operation: apply it, as in {value.example}"  # type: ignore[attr-defined]  # see above
    return None


def shortened(value: object) -> str:
    """A thing as Python shows it, cut to a length that a message bears."""
    return elided(repr(value))


def normalised(q: Exact) -> Exact:
    return q.numerator if q.denominator == 1 else q


def is_decimal(q: Exact) -> bool:
    """Whether q can be written as a finite decimal."""
    rest = q.denominator
    rest >>= (rest & -rest).bit_length() - 1
    return bool(5 ** round(math.log(rest, 5)) == rest)  # one power, not a division for each digit


def exact_power(u: Exact, n: Exact) -> Exact | None:
    """u^n where it is rational and has at most BITS bits. 0^0 is 1; 0 to a negative power has no value."""
    if n.denominator != 1:
        if u < 0:
            raise ValueError("a negative number has no real power that is not an integer")
        root = exact_root(u, n.denominator)
        return None if root is None else integer_power(root, n.numerator)
    return integer_power(u, n.numerator)


def integer_power(u: Exact, n: int) -> Exact | None:
    if n < 0 and u == 0:
        raise ZeroDivisionError("0 has no negative power")
    if u in (0, 1, -1):
        return 1 if n == 0 or u == 1 or (u == -1 and n % 2 == 0) else u
    if abs(n) * (max(u.numerator.bit_length(), u.denominator.bit_length()) - 1) >= BITS:  # at least so many, less one
        return None
    power = normalised(Fraction(u) ** n if n < 0 or isinstance(u, Fraction) else u**n)
    return power if max(power.numerator.bit_length(), power.denominator.bit_length()) <= BITS else None


def exact_root(u: Exact, n: Exact) -> Exact | None:
    """The real n-th root of u where it is rational; odd n have roots of negative numbers."""
    if n == 0:
        raise ZeroDivisionError("there is no 0-th root")
    if n.denominator != 1:
        return None
    count = abs(n.numerator)
    if u < 0 and count % 2 == 0:
        raise ValueError("a negative number has no even root")
    top, bottom = whole_root(abs(u.numerator), count), whole_root(u.denominator, count)
    if top is None or bottom is None:
        return None
    root = Fraction(top if u >= 0 else -top, bottom)
    return normalised(root if n > 0 else 1 / root)


def whole_root(u: int, n: int) -> int | None:
    """The integer whose n-th power is u >= 0, if there is one (Newton's iteration on integers)."""
    if u < 2 or n == 1:
        return u
    if n >= u.bit_length():
        return None
    if n == 2:
        root = math.isqrt(u)
    else:
        size = math.log2(u) / n
        root = (
            int(2 ** (size % 1) * (1 << 60) * (1 + 1e-9)) << int(size) >> 60
        ) + 1  # just above: Newton descends from there
        while (closer := ((n - 1) * root + u // root ** (n - 1)) // n) < root:
            root = closer
    return root if root**n == u else None


def exact_logarithm(u: Exact, b: Exact) -> Exact | None:
    """The integer n with b^n = u, if there is one; None leaves the rest, also what has no value, to the floats."""
    if u <= 0 or b <= 0 or not (base := size_of(b)):
        return None
    n = round(size_of(u) / base)
    return n if exact_power(b, n) == u else None


def size_of(q: Exact) -> float:
    """The logarithm of q > 0, also of what is beyond the floats."""
    return math.log(q.numerator) - math.log(q.denominator)


def exact_quotient(u: Exact, v: Exact) -> Exact:
    return normalised(Fraction(u) / v)


def exact_factorial(u: Exact) -> Exact | None:
    if isinstance(u, Fraction):
        return None
    if u < 0:
        raise ValueError("a negative integer has no factorial")
    return math.factorial(u) if u * u.bit_length() <= BITS else None
