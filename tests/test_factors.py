"""What is plainly longer multiplied out is not even tried; factors seen without factoring are those of FLINT."""

import random

import pytest

from symdiff import parse, simplify
from symdiff.algebra.field.factors import irreducible_factors
from symdiff.algebra.measure import total
from symdiff.algebra.poly import context


@pytest.mark.parametrize(
    "text",
    [
        "a*(b + c + 1)",
        "log(x)*(y^2 + z + 3)",
        "(b + c)/a",
        "(x + 1)*exp(x)",
        "x^n*(y + z)",
        "x*(x^2 + y + 2*z)*cos(y)",
    ],
)
def test_a_factor_that_no_term_meets_stays_outside(text):
    assert total(simplify(text)) <= total(parse(text))
    assert simplify(text) is simplify(simplify(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x*(x + 1/x)", "x^2 + 1"),
        ("cos(x)*(tan(x) + 1/cos(x))", "sin(x) + 1"),
        ("(x^2 + x)/x", "x + 1"),
        ("x^n*(x + x^(-n))", "x^(n + 1) + 1"),
        ("(cos(x) + sin(x)*cos(x))/cos(x)", "sin(x) + 1"),
    ],
)
def test_a_factor_that_meets_its_like_goes_inside(text, expected):
    assert total(simplify(text)) <= total(parse(expected))


def test_plain_factors_are_the_irreducible_ones():
    dice, ring = random.Random(5), context(3)
    u, v, w = ring.gens()
    seen = 0
    for _ in range(1500):
        terms = [
            dice.randint(-9, 9) * (u ** dice.randint(0, 3) * v ** dice.randint(0, 3) * w ** dice.randint(0, 2)) ** power
            for power in dice.choices((1, 2), k=dice.choice((2, 2, 3)))
        ]
        p = sum(terms[1:], terms[0])
        found = irreducible_factors(p) if len(p) > 1 else None
        if found is None:
            continue
        seen += 1
        c, factors = found
        whole = ring.constant(1) * c
        for factor, n in factors:
            whole = whole * factor**n
        assert whole == p
        assert positive(factors) == positive(p.factor()[1])
    assert seen > 500


def positive(factors):
    """Texts of factors with a positive leading coefficient, each as often as it divides."""
    return sorted([str(p if p.leading_coefficient() > 0 else -p) for p, n in factors for _ in range(int(n))])
