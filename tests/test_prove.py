"""Proofs: of what holds, with its conditions stated; never of what does not."""

from fractions import Fraction

import pytest

from symdiff import Sym, parse, show
from symdiff.algebra.budget import Budget
from symdiff.algebra.field.factors import irreducible_factors
from symdiff.algebra.poly import context
from symdiff.algebra.prove import Proof, proof
from symdiff.points.ball import as_ball, enclosure
from symdiff.points.point import Fault


def proved(left: str, right: str, seconds: float = 5) -> Proof:
    return proof(parse(left) - parse(right), Budget(seconds=seconds))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sin(x)^2 + cos(x)^2", "1"),
        ("tan(x/2)", "sin(x)/(1 + cos(x))"),
        ("cosh(x)^2 - sinh(x)^2", "1"),
        ("sqrt(x^2)", "abs(x)"),
        ("sign(x)*abs(x)", "x"),
        ("x*sign(x)^2", "x"),
        ("sign(x)^3", "sign(x)"),
        ("sign(x*y)", "sign(x)*sign(y)"),
        ("log(x^2)", "2*log(abs(x))"),
        ("x^(2*n)", "(x^n)^2"),
        ("(x*y)^n/y^n", "x^n"),
        ("x^n*(1/x)^n", "1"),
        ("(x^2)^pi", "x^(2*pi)"),
        ("sin(x)^(sqrt(2) - 1)", "sin(x)^sqrt(2)/sin(x)"),
        ("sin(x)^(1/(1 + sqrt(2)))", "sin(x)^sqrt(2)/sin(x)"),
        ("max(x, y) + min(x, y)", "x + y"),
        ("exp(acoth(x))", "sqrt((x + 1)/(x - 1))"),
        ("atanh(sqrt(1 + 1/x))*sqrt(1 + 1/x)", "atanh(sqrt((x + 1)/x))*sqrt((x + 1)/x)"),
        ("sin(a + b)*cos(c - d)", "(sin(a + b + c - d) + sin(a + b - c + d))/2"),
        ("where(x > 0, 2*x + x, y)", "where(x > 0, 3*x, y)"),
        ("where(x > 0, where(y > 0, 1, 2), 3)", "where(y > 0, where(x > 0, 1, 3), where(x > 0, 2, 3))"),
    ],
)
def test_what_holds_is_proved_without_conditions(left, right):
    found = proved(left, right)
    assert found, found.reason
    assert not found.conditions


# Tempting and false: at the point both sides have a value, and not the same.
FALSE = [
    ("(-x)^n", "x^n", {"x": 2, "n": 3}),
    ("(1 - x)^n", "(x - 1)^n", {"x": 2, "n": 3}),
    ("(-2)^n", "2^n", {"n": 1}),
    ("sign(x)^2", "1", {"x": 0}),
    ("abs(sign(x))", "1", {"x": 0}),
    ("sqrt(cosh(x)^2 - 1)", "sinh(x)", {"x": -1}),
    ("sqrt(1 - cos(x)^2)", "sin(x)", {"x": -1}),
    ("sqrt(x^2)", "x", {"x": -1}),
    ("asin(sin(x))", "x", {"x": 3}),
    ("acos(cos(x))", "x", {"x": -1}),
    ("atan(tan(x))", "x", {"x": 3}),
    ("atan(x) + atan(1/x)", "pi/2", {"x": -1}),
    ("where(x < 0, 1, sqrt(x))*abs(x)", "where(x < 0, 1, sqrt(x))*x", {"x": -1}),
    ("where(x > 0, log(x), 1)*abs(x)", "where(x > 0, log(x), 1)*x", {"x": -1}),
    ("where(x > 0, 1, 2)", "where(x > 1, 1, 2)", {"x": "1/2"}),
]


@pytest.mark.parametrize(("left", "right", "at"), FALSE, ids=[f"{left} = {right}" for left, right, _ in FALSE])
def test_what_is_false_is_not_proved(left, right, at):
    point = {Sym(name): Fraction(value) for name, value in at.items()}
    difference = enclosure(parse(left) - parse(right), point, 128)
    assert not isinstance(difference, Fault)
    assert not as_ball(difference).contains(0)
    assert not proved(left, right)


# True for positive bases only, as the point shows: a proof must say so.
CONDITIONAL = [
    ("(x^2)^n", "x^(2*n)", "x > 0", {"x": -1, "n": "1/2"}),
    ("x^(n/2)", "abs(x)^(n/2)", "x > 0", {"x": -1, "n": 2}),
    ("(x^n)^m", "x^(n*m)", "x > 0", {"x": -1, "n": 2, "m": "1/2"}),
    ("sqrt(x^(2*n))", "x^n", "x > 0", {"x": -1, "n": 1}),
    ("(x^n)^(1/n)", "x", "x > 0", {"x": -1, "n": 2}),
    ("(x^(1/n))^n", "x", "x > 0", {"x": -1, "n": "1/2"}),
    ("abs(x^n)", "x^n", "x > 0", {"x": -1, "n": 1}),
    ("x^x", "abs(x)^x", "x > 0", {"x": -1}),
]


@pytest.mark.parametrize(
    ("left", "right", "condition", "at"), CONDITIONAL, ids=[f"{row[0]} = {row[1]}" for row in CONDITIONAL]
)
def test_what_holds_for_positive_bases_is_proved_with_that_condition(left, right, condition, at):
    point = {Sym(name): Fraction(value) for name, value in at.items()}
    difference = enclosure(parse(left) - parse(right), point, 128)
    assert not isinstance(difference, Fault)
    assert not as_ball(difference).contains(0)
    found = proved(left, right)
    assert not found or condition in map(show, found.conditions)


def test_a_formula_without_any_value_is_not_equal_to_another():
    assert not proved("log(-x)", "log(x)")
    assert not proved("sqrt(-1 - x^2)", "1")
    assert not proved("1/(x - x)", "2")


def test_a_branch_without_a_value_does_not_spoil_the_others():
    assert proved("where(x > 0, x, sqrt(-1 - x^2))", "where(x > 0, 1, 0)*x + where(x > 0, 0, sqrt(-1 - x^2))")


def test_a_budget_ends_a_proof_with_its_reason():
    hopeless = "*".join([f"(sin({n}*x) + cos({n + 1}*x) + x^{n})^9" for n in range(1, 9)])
    found = proof(parse(f"{hopeless} - {hopeless} + sin(x)*({hopeless}) - x"), Budget(seconds=0.2))
    assert not found
    assert found.reason


@pytest.mark.parametrize(
    "text",
    [
        "2*x*y^3 - 6*y*z^2",
        "4*x^2 + y^2",
        "4*x^2 - y^2",
        "3*x^2 - y^2",
        "x*y^2 + y*z^2 + z",
        "x^4 + y^4",
        "x*y + x + y + 1",
    ],
)
def test_what_is_taken_to_be_irreducible_is(text):
    x, y, z = context(3).gens()
    p = eval_polynomial(text, {"x": x, "y": y, "z": z})
    found = irreducible_factors(p)
    c, factors = p.factor()
    if found is None:
        assert len(factors) > 1 or len(p) > 2 or p.total_degree() > 2
    else:
        assert sorted([str(q) for q, _ in found[1]]) == sorted([str(q) for q, _ in factors])
        assert found[0] == c


def eval_polynomial(text, gens):
    """A sum of monomials as a polynomial."""
    whole = 0 * gens["x"]
    for term in text.replace(" - ", " + -").split(" + "):
        product = gens["x"] ** 0
        for factor in term.split("*"):
            sign = -1 if factor.startswith("-") else 1
            base, _, n = factor.removeprefix("-").partition("^")
            product = product * sign * (gens[base] ** int(n or 1) if base in gens else int(base))
        whole = whole + product
    return whole
