"""The field of the numbers cos(k pi/n): polynomials in 2 cos(pi/n) modulo its minimal polynomial, exact.

2 cos(k pi/n) = V_k(g) with g = 2 cos(pi/n), V_0 = 2, V_1 = g, V_(k+1) = g V_k - V_(k-1) (Chebyshev). g is an algebraic
integer whose minimal polynomial FLINT knows, so every number has one form, and division is Euclid's algorithm. For even
n the sines are there too: sin(k pi/n) = cos((n/2 - k) pi/n).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import gcd

from symdiff.algebra.poly import fmpq, fmpq_poly, fmpz_poly

Name = tuple[tuple[int, int], ...]  # of a product of cosines: numbers k and exponents

DEGREE = 32  # of the minimal polynomial
SQUARE_ROOTS = {2: (4, 0), 3: (6, 0), 5: (5, 1)}  # sqrt(2) = V_(n/4), sqrt(3) = V_(n/6), sqrt(5) = 2 V_(n/5) - 1


class Circle:
    """The numbers cos(k pi/n) for one even n."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.integral = fmpz_poly.cos_minpoly(2 * n)
        self.minimal = fmpq_poly(self.integral)
        self.degree = self.minimal.degree()
        g = fmpq_poly([0, 1])
        self.doubles = [fmpq_poly([2]), g % self.minimal]
        while len(self.doubles) <= n:
            self.doubles.append((g * self.doubles[-1] - self.doubles[-2]) % self.minimal)

    def double_cosine(self, k: int) -> fmpq_poly:
        """2 cos(k pi/n)."""
        k = abs(k) % (2 * self.n)
        return self.doubles[min(k, 2 * self.n - k)]

    def times(self, a: fmpq_poly, b: fmpq_poly) -> fmpq_poly:
        return (a * b) % self.minimal

    def power(self, a: fmpq_poly, n: int) -> fmpq_poly:
        """a^n; a is not 0."""
        if n < 0:
            a, n = self.inverse(a), -n
        result = fmpq_poly([1])
        while n:
            if n % 2:
                result = self.times(result, a)
            a, n = self.times(a, a), n // 2
        return result

    def inverse(self, a: fmpq_poly) -> fmpq_poly:
        return a.xgcd(self.minimal)[1]

    def square_root(self, prime: int) -> fmpq_poly | None:
        """The square root of 2, 3 or 5, where it is one of these numbers."""
        divisor, shift = SQUARE_ROOTS.get(prime, (0, 0))
        if not divisor or self.n % divisor:
            return None
        double = self.double_cosine(self.n // divisor)
        return 2 * double - 1 if shift else double

    # ------------------------------------------------------------------------------------------------------- by name

    def combination(self, a: fmpq_poly) -> list[tuple[int, fmpq]]:
        """a as a sum of numbers times 2 cos(k pi/n): by the leading terms of the V_k, which are those of g^k."""
        found: list[tuple[int, fmpq]] = []
        while (k := a.degree()) >= 0:
            c = a[k]
            found.append((k, c / 2 if k == 0 else c))
            a = a - c * (self.doubles[k] if k else fmpq_poly([1]))
        return found

    def known_as(self, a: fmpq_poly) -> Name | None:
        """a as a rational number times a product of at most two powers of cosines, if it is one."""
        shape = shape_of(a)
        for table in (self.singles, self.pairs):
            found = table().get(shape)
            if found is not None:
                return found
        return None

    @cache  # noqa: B019  # there is one circle for each n, and it lives on
    def singles(self) -> dict[tuple[int, ...], Name]:
        cosines = self.cosines()
        names: list[Name] = [((k, n),) for n in (1, -1, 2, -2) for k in cosines]
        return self.by_shape(names)

    @cache  # noqa: B019
    def pairs(self) -> dict[tuple[int, ...], Name]:
        cosines = self.cosines()
        names: list[Name] = [((k, 1), (m, 1)) for k in cosines for m in cosines if k < m]
        names += [((k, 1), (m, -1)) for k in cosines for m in cosines if k != m]
        return self.by_shape(names)

    def cosines(self) -> Iterable[int]:
        return range(1, self.n // 2)

    def by_shape(self, names: Iterable[Name]) -> dict[tuple[int, ...], Name]:
        """Names by what they are but for a rational number; of several, the first."""
        found: dict[tuple[int, ...], Name] = {}
        for name in names:
            found.setdefault(shape_of(self.named(name)), name)
        return found

    def named(self, name: Name) -> fmpq_poly:
        """The product of (2 cos(k pi/n))^m."""
        product = fmpq_poly([1])
        for k, m in name:
            product = self.times(product, self.power_of_cosine(k, m))
        return product

    @cache  # noqa: B019
    def power_of_cosine(self, k: int, m: int) -> fmpq_poly:
        return self.power(self.doubles[k], m)


def shape_of(a: fmpq_poly) -> tuple[int, ...]:
    """The coefficients without a common factor, the last one positive."""
    numbers = [int(c) for c in a.numer().coeffs()]
    common = gcd(*numbers)
    return tuple([c // (common if numbers[-1] > 0 else -common) for c in numbers])


@cache
def circle(n: int) -> Circle | None:
    """The numbers cos(k pi/n) for even n; None where their degree is too high."""
    if n > 4 * DEGREE or fmpz_poly.cos_minpoly(2 * n).degree() > DEGREE:
        return None
    return Circle(n)
