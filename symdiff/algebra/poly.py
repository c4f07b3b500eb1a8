"""The one home of FLINT's polynomials (python-flint): contexts, sizes estimated before the work, common factors.

FLINT cannot be interrupted. So nothing here is multiplied out, divided or factored before an estimate of what comes of
it; what would be too large raises `TooLargeError` at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, reduce
from math import comb
from operator import mul

from flint import Ordering, arb, fmpq, fmpq_poly, fmpz, fmpz_mat, fmpz_mpoly, fmpz_mpoly_ctx, fmpz_poly

__all__ = [
    "Factors",
    "TooLargeError",
    "cofactors",
    "constant",
    "context",
    "expanded",
    "fmpq",
    "fmpq_poly",
    "fmpz",
    "fmpz_mpoly",
    "fmpz_mpoly_ctx",
    "fmpz_poly",
    "graded",
    "irreducible",
    "quotient",
    "relation_of",
    "split",
]

Factors = Sequence[tuple[fmpz_mpoly, int]]  # polynomials with positive exponents

MOST_TERMS = 200_000  # of a result: a million nodes, a gigabyte with what holds them
MOST_BITS = 1 << 27  # of all its coefficients together
HIGHEST = 1 << 31  # exponent of a generator inside a polynomial
FACTOR_TERMS, FACTOR_DEGREE = 400, 60  # of what is factored: 60 µs as a rule, seconds beyond
GCD_TERMS, GCD_DEGREE = 2_000, 2_000


class TooLargeError(Exception):
    """The work would pass a limit. Says what of it is too much; never reaches a user as it is."""


@cache
def context(n: int) -> fmpz_mpoly_ctx:
    """Polynomials with integer coefficients in n generators v0 > v1 > ..., ordered lexicographically."""
    return fmpz_mpoly_ctx.get([f"v{i}" for i in range(n)], Ordering.lex)


def graded(n: int) -> fmpz_mpoly_ctx:
    """The same ordered by total degree first: the order in which sums are written."""
    return fmpz_mpoly_ctx.get([f"v{i}" for i in range(n)], Ordering.deglex)


def constant(ring: fmpz_mpoly_ctx, value: int) -> fmpz_mpoly:
    """A number as a polynomial."""
    return ring.constant(value)


# --------------------------------------------------------------------------------------------------------- multiplying


def terms_bound(factors: Factors) -> int:
    """At most so many terms has the product multiplied out: prod C(n + k - 1, n) over factors p^n of k terms.

    Or as many monomials as its degrees leave room for, where those are fewer: prod (d_i + 1) over the generators.
    """
    sparse = reduce(mul, [comb(n + len(p) - 1, n) if n < HIGHEST else HIGHEST for p, n in factors], 1)
    if len(factors) == 1:
        return sparse
    degrees = zip(*[[n * int(d) for d in p.degrees()] for p, n in factors], strict=True)
    return min(sparse, reduce(mul, [1 + sum(column) for column in degrees], 1))


def bits_bound(factors: Factors) -> int:
    """At most so many bits has a coefficient of the product."""
    return sum([n * (height(p) + len(p).bit_length()) for p, n in factors])


def height(p: fmpz_mpoly) -> int:
    """The bits of the longest coefficient."""
    return max([int(c.bit_length()) for c in p.coeffs()], default=0)


def check_product(factors: Factors, most_terms: int = MOST_TERMS) -> None:
    """Raises TooLargeError where the product may have too many terms, bits, or too high a degree."""
    if any([n * int(p.total_degree()) >= HIGHEST for p, n in factors]):
        raise TooLargeError("the degree is too high")
    terms = terms_bound(factors)
    if terms > most_terms:
        raise TooLargeError(f"up to {terms:.3g} terms" if terms < 10**300 else "more than 10^300 terms")
    if terms * bits_bound(factors) > MOST_BITS:
        raise TooLargeError("its coefficients have too many digits")


def expanded(ring: fmpz_mpoly_ctx, factors: Factors, most_terms: int = MOST_TERMS) -> fmpz_mpoly:
    """The product of powers multiplied out. Raises TooLargeError where the estimate is beyond the limits."""
    if len(factors) == 1 and factors[0][1] == 1:
        return factors[0][0]
    if not factors:
        return ring.constant(1)
    check_product(factors, most_terms)
    powers = sorted([p**n for p, n in factors], key=len)
    return reduce(mul, powers)


# ------------------------------------------------------------------------------------------------------------ dividing


def split(p: fmpz_mpoly) -> tuple[int, tuple[int, ...], fmpz_mpoly]:
    """p != 0 as a number, exponents of generators, and what is left: primitive, with a leading coefficient > 0."""
    common = p.term_content()
    number = int(common.leading_coefficient())
    if p.leading_coefficient() < 0:
        number, common = -number, -common
    exponents = tuple([int(n) for n in common.monoms()[0]])
    return number, exponents, p if common.is_one() else p / common


def quotient(p: fmpz_mpoly, q: fmpz_mpoly) -> fmpz_mpoly | None:
    """p/q where q divides p, else None."""
    if len(q) > GCD_TERMS or int(p.total_degree()) > GCD_DEGREE:
        return p / q if p == q else None
    whole, rest = divmod(p, q)
    return whole if rest.is_zero() else None


def cofactors(p: fmpz_mpoly, q: fmpz_mpoly) -> tuple[fmpz_mpoly, fmpz_mpoly, fmpz_mpoly] | None:
    """The greatest common divisor g of p and q with p/g and q/g; None where it is 1, or too costly to be found."""
    if p == q:
        return p, p / q, q / p
    if max(len(p), len(q)) > GCD_TERMS or max(int(p.total_degree()), int(q.total_degree())) > GCD_DEGREE:
        return None
    g = p.gcd(q)
    return None if g.is_constant() else (g, p / g, q / g)


def irreducible(p: fmpz_mpoly) -> Iterable[tuple[fmpz_mpoly, int]]:
    """A primitive polynomial as its irreducible factors over the rationals; as it is where that might take seconds."""
    if len(p) > FACTOR_TERMS or int(p.total_degree()) > FACTOR_DEGREE:
        return [(p, 1)]
    return [(q if q.leading_coefficient() > 0 else -q, int(n)) for q, n in p.factor()[1]]


# ------------------------------------------------------------------------------------------------- relations of numbers


def relation_of(numbers: Sequence[arb], bits: int = 40) -> list[int] | None:
    """Small integers c_i that make sum c_i x_i nearly 0, by lattice reduction; a guess, to be proved by the caller.

    The numbers are balls with at least `bits` bits for each of them. Lenstra, Lenstra and Lovasz, Factoring polynomials
    with rational coefficients, Math. Annalen 261 (1982).
    """
    size = len(numbers)
    scale = arb(2) ** (bits * (size - 1))
    rows = [[int(i == k) for k in range(size)] for i in range(size)]
    for row, x in zip(rows, numbers, strict=True):
        whole = (x * scale).mid().floor().unique_fmpz()
        if whole is None:
            return None
        row.append(int(whole))
    shortest = [int(c) for c in fmpz_mat(rows).lll().table()[0][:size]]
    return shortest if max([abs(c).bit_length() for c in shortest]) < bits // 2 else None
