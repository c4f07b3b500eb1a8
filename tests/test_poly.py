"""Polynomials: sizes estimated before the work, common factors, and division in one unknown."""

import random
from math import comb
from time import perf_counter

import pytest

from symdiff.algebra.poly import (
    HIGHEST,
    TooLargeError,
    cofactors,
    expanded,
    graded,
    irreducible,
    quotient,
    split,
    terms_bound,
)
from symdiff.algebra.rational.partial import cofactor, degree, divided

RING = graded(3)
X, Y, Z = RING.gens()


def some_polynomial(random_numbers, terms=4, highest=3):
    """A polynomial with few small terms, never 0."""
    rows = {tuple(random_numbers.randint(0, highest) for _ in range(3)): random_numbers.randint(1, 9)}
    for _ in range(terms):
        rows[tuple(random_numbers.randint(0, highest) for _ in range(3))] = random_numbers.randint(-9, 9)
    return RING.from_dict(rows)


def test_the_bound_is_exact_for_powers_of_unrelated_sums():
    assert terms_bound([(X + Y + 1, 20)]) == comb(22, 2) == len((X + Y + 1) ** 20)
    assert terms_bound([(X + 1, 1000)]) == 1001


def test_the_bound_is_never_below_the_number_of_terms():
    numbers = random.Random(1)
    for _ in range(200):
        factors = [(some_polynomial(numbers), numbers.randint(1, 3)) for _ in range(numbers.randint(1, 3))]
        assert len(expanded(RING, factors)) <= terms_bound(factors)


@pytest.mark.parametrize(
    "factors",
    [
        [(X + Y + Z + 1, 200)],
        [(X + 1, 10**9)],
        [(X + 10**6, 20_000)],
        [(X + Y, 10**400)],
        [(X, HIGHEST)],
        [(X + Y + Z, 60), (X - Y - Z, 60), (X * Y * Z + 1, 60)],
    ],
)
def test_what_is_too_large_is_refused_at_once(factors):
    begun = perf_counter()
    with pytest.raises(TooLargeError):
        expanded(RING, factors)
    assert perf_counter() - begun < 0.1


def test_a_polynomial_splits_into_number_generators_and_a_primitive_rest():
    assert split(-6 * X**2 * Y + 4 * X * Y) == (-2, (1, 1, 0), 3 * X - 2)
    assert split(X**3) == (1, (3, 0, 0), RING.constant(1))
    numbers = random.Random(2)
    for _ in range(100):
        p = some_polynomial(numbers)
        number, row, rest = split(p)
        assert number * X ** row[0] * Y ** row[1] * Z ** row[2] * rest == p
        assert rest.leading_coefficient() > 0


def test_common_factors_are_found_and_divided_out():
    numbers = random.Random(3)
    for _ in range(50):
        p, q, g = (some_polynomial(numbers) for _ in range(3))
        found = cofactors(p * g, q * g)
        if found is None:
            assert g.is_constant()
            continue
        common, rest_p, rest_q = found
        assert common * rest_p == p * g
        assert common * rest_q == q * g
        assert quotient(common, g) is not None


def test_what_does_not_divide_has_no_quotient():
    assert quotient(X**2 - Y**2, X + Y) == X - Y
    assert quotient(X**2 + Y**2, X + Y) is None


def test_factors_multiply_back_and_large_sums_are_left_whole():
    p = (X**2 - Y**2) * (X + 1) ** 3
    product = RING.constant(1)
    for q, n in irreducible(p):
        product *= q**n
    assert product == p
    assert list(irreducible(X**61 - 1)) == [(X**61 - 1, 1)]


def test_division_in_one_unknown_keeps_its_promise():
    numbers = random.Random(4)
    for _ in range(100):
        p, q = some_polynomial(numbers), some_polynomial(numbers)
        scale, whole, rest = divided(p, q, 0)
        assert scale * p == whole * q + rest
        assert degree(scale, 0) == 0
        assert degree(rest, 0) < max(degree(q, 0), 1)


def test_euclid_finds_the_inverse_modulo_a_polynomial():
    numbers = random.Random(5)
    for _ in range(60):
        p, q = some_polynomial(numbers, highest=2), some_polynomial(numbers, highest=2)
        if degree(p, 0) < 1 or degree(p.gcd(q), 0) > 0:
            continue
        t, r = cofactor(p, q, 0)
        assert degree(r, 0) == 0
        assert quotient(t * q - r, p) is not None or divided(t * q - r, p, 0)[2].is_zero()
