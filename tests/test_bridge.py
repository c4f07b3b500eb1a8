"""The bridge to SymPy and back: every row of the table, SymPy's own constructions, and what cannot cross."""

import sys

import pytest
import sympy
from drawn import ROWS, Draw, x, y

from symdiff import (
    LimitError,
    Num,
    OperandError,
    Sym,
    add,
    d,
    from_sympy,
    function,
    mul,
    operation,
    parse,
    sin,
    symbols,
    to_sympy,
    val,
)
from symdiff.bridge import name_in_sympy
from symdiff.core import ops
from symdiff.errors import ExtraError, UndefinedError

SHARED = [row for row in ROWS if name_in_sympy(row) != ""]
X, Y = sympy.symbols("x y", real=True)
F = sympy.Function("f", real=True)
f = function("f")


def same_value(before, after, draw):
    """Whether both have the same value, at five points where the first has one."""
    compared = 0
    for _ in range(50):
        at = draw.point()
        try:
            value = val(before, at)
        except UndefinedError:
            continue
        assert val(after, at) == pytest.approx(value, rel=1e-11, abs=1e-13)
        if (compared := compared + 1) == 5:
            return True
    return False


@pytest.mark.parametrize("row", SHARED, ids=lambda row: row.name)
def test_every_row_goes_to_sympy_and_comes_back_with_its_value(row):
    draw = Draw(row.name)
    for depth in (0, 0, 1, 2):
        e = draw.expression(row, depth)
        assert same_value(e, from_sympy(to_sympy(e)), draw), e


@pytest.mark.parametrize("row", SHARED, ids=lambda row: row.name)
def test_the_derivatives_of_every_row_cross_too(row):
    draw = Draw(row.name)
    slope = d(draw.expression(row, 0), x)
    assert same_value(slope, from_sympy(to_sympy(slope)), draw), slope


@pytest.mark.parametrize(
    "formula",
    [
        "x", "7", "2/3", "pi*e", "x + y", "x - y", "1 - x", "x*y/z", "x/(2*y)", "1/x", "-1/x", "1/x^2", "1/sqrt(x)",
        "x^(2/3)", "x^y", "x^2 - 1", "-x - y", "-x*y", "-2*x/3", "2*x*y/(3*z)", "exp(-x)", "x*exp(-x^2)", "abs(x)",
        "sin(x)^2", "max(x, y, z)", "where(x > 0, x^2, -x)", "where(x > 0 and x < 1, 1, 0)", "f(x)", "f''(x)",
        "f'1'2(x, y)", "f'(x^2)", "f'1(x, x)", "zetaderivative(2, x)", "digamma(x)",
    ],
)  # fmt: skip
def test_what_has_crossed_twice_changes_no_more(formula):
    once = from_sympy(to_sympy(formula))
    assert from_sympy(to_sympy(once)) is once


# fmt: off
READ = [
    (X - Y,                                          "x - y"),
    (1 - X,                                          "1 - x"),
    (X**2 - 1,                                       "x^2 - 1"),
    (-X - Y,                                         "-x - y"),
    (-X*Y/3,                                         "-x*y/3"),
    (2*X/(3*Y),                                      "2*x/(3*y)"),
    (1/X,                                            "1/x"),
    (-1/X,                                           "-1/x"),
    (X**sympy.Rational(-2, 3),                       "1/x^(2/3)"),
    (sympy.sqrt(X)/Y,                                "sqrt(x)/y"),
    (1/sympy.sqrt(X),                                "1/sqrt(x)"),
    (X**-Y,                                          "x^(-y)"),
    (sympy.Pow(sympy.E, X, evaluate=False),          "exp(x)"),
    (sympy.E*X,                                      "e*x"),
    (sympy.Rational(2, 3),                           "2/3"),
    (2.5*X,                                          "2.5*x"),
    (sympy.Float(0.1),                               "0.1"),
    (sympy.Float("0.1", 40),                         "0.1"),
    (sympy.Float("0.1234567890123456789012345678901", 31), "0.1234567890123456789012345678901"),
    (X - sympy.Float(0.5)*Y,                         "x - 0.5*y"),
    (sympy.Piecewise((X, X > 0), (Y, X > -1), (2, True)), "where(x > 0, x, where(x > -1, y, 2))"),
    (sympy.Max(X, 0),                                "max(0, x)"),
    (sympy.And(X > 0, X < 1),                        "x > 0 and x < 1"),
    (sympy.Ne(X, Y),                                 "x != y"),
    (sympy.polygamma(0, X),                          "digamma(x)"),
    (sympy.Heaviside(X),                             "where(x > 0, 1, where(x < 0, 0, 1/2))"),
    (sympy.Mod(X, 3),                                "x - 3*floor(x/3)"),
    (sympy.frac(X),                                  "x - floor(x)"),
    (sympy.re(sympy.asin(X)),                        "asin(x)"),
    (sympy.sinc(X),                                  "where(x != 0, sin(x)/x, 1)"),
    (sympy.lowergamma(Y, X),                         "gamma(y) - uppergamma(y, x)"),
    (sympy.erf2(X, Y),                               "erf(y) - erf(x)"),
    (sympy.EulerGamma,                               "-digamma(1)"),
    (sympy.GoldenRatio,                              "(1 + sqrt(5))/2"),
    (F(X).diff(X, 2),                                "f''(x)"),
    (F(X, Y).diff(X, Y),                             "f'1'2(x, y)"),
    (F(X**2).diff(X),                                "2*x*f'(x^2)"),
    (sympy.zeta(X).diff(X),                          "zetaderivative(1, x)"),
    (sympy.true,                                     "0 == 0"),
    (3,                                              "3"),
    (0.25,                                           "0.25"),
]
# fmt: on


@pytest.mark.parametrize(("s", "formula"), READ, ids=[formula for _, formula in READ])
def test_what_sympy_builds_reads_as_a_person_would_write_it(s, formula):
    assert from_sympy(s) is parse(formula)


# fmt: off
REFUSED = [
    (sympy.I,                                     "symdiff works over the reals"),
    (sympy.oo,                                    "infinity is not a number"),
    (sympy.zoo,                                   "divided by 0"),
    (sympy.nan,                                   "has no value"),
    (sympy.Integral(sympy.exp(X**2), X),          "Integral has no counterpart"),
    (sympy.Matrix([X]),                           "not a real number"),
    (sympy.ImmutableMatrix([X]),                  "has no counterpart"),
    (sympy.Tuple(X, Y),                           "Tuple has no counterpart"),
    (sympy.Piecewise((X, X > 0)),                 "a last branch that always holds"),
    (sympy.Derivative(sympy.sin(X), X),           "call .doit()"),
    (sympy.binomial(X, Y),                        ".rewrite()"),
    (X + sympy.Symbol("x"),                       "two symbols are called 'x'"),
    (sympy.Symbol("A", commutative=False),        "declared to be no real number"),
    (sympy.Symbol("z", imaginary=True),           "declared to be no real number"),
    (sympy.Symbol("x_{1}"),                       "not a name"),
    (sympy.zeta(X, Y),                            "zeta takes 1 argument"),
    ("x + 1",                                     "text"),
    (1j,                                          "symdiff works over the reals"),
    (None,                                        "not a real number"),
]
# fmt: on


@pytest.mark.parametrize(("s", "words"), REFUSED, ids=lambda case: str(case)[:30])
def test_what_has_no_counterpart_is_refused_with_advice(s, words):
    with pytest.raises(OperandError) as refusal:
        from_sympy(s)
    assert words in str(refusal.value)


def test_the_whole_is_named_that_cannot_cross_not_a_part_of_it():
    with pytest.raises(OperandError, match="Integral"):
        from_sympy(1 + sympy.Integral(X, (X, 0, sympy.oo)))


def test_numbers_stay_exact():
    assert to_sympy("0.1 + 1/3") == sympy.Rational(13, 30)
    assert to_sympy(Num(10**400)) == sympy.Integer(10) ** 400


def test_a_float_beyond_the_doubles_is_read_and_one_beyond_all_measure_is_not():
    assert from_sympy(sympy.Float("1e400")) is Num(10**400)
    with pytest.raises(LimitError):
        from_sympy(sympy.Float(2) ** (10**9))


def test_symbols_are_real_unless_said_otherwise():
    assert to_sympy("sqrt(x^2)") == sympy.Abs(X)
    assert to_sympy("sqrt(x^2)", assumptions={"positive": True}) == sympy.Symbol("x", positive=True)
    assert to_sympy("x", assumptions={}) == sympy.Symbol("x")


@pytest.mark.parametrize(
    ("formula", "s"),
    [
        ("log2(x)", sympy.log(X) / sympy.log(2)),
        ("expm1(x)", sympy.exp(X) - 1),
        ("hypot(x, y)", sympy.sqrt(X**2 + Y**2)),
        ("sigmoid(x)", 1 / (1 + sympy.exp(-X))),
        ("relu(x)", sympy.Max(X, 0)),
        ("cbrt(x)", sympy.real_root(X, 3)),
        ("x - y", X - Y),
        ("x/y", X / Y),
        ("2*where(x > 0, 1, 0)", 2 * sympy.Piecewise((1, X > 0), (0, True))),
        ("f'(x)", F(X).diff(X)),
    ],
)
def test_what_sympy_does_not_have_is_written_by_its_definition(formula, s):
    assert to_sympy(formula) == s


def test_a_condition_among_numbers_counts_one_where_it_holds():
    assert to_sympy((x > 0) * 2) == 2 * sympy.Piecewise((1, X > 0), (0, True))
    assert to_sympy(ops.where(x, y, 0)) == sympy.Piecewise((Y, sympy.Ne(X, 0)), (0, True))


def test_a_function_of_one_s_own_crosses_by_the_name_or_the_formula_given():
    partials = [lambda u: 3 * u**2]
    named = operation("bridge_named", lambda u: u**3, partials, sympy="cosh")
    written = operation("bridge_written", lambda u: u**3, partials, sympy=lambda u: u**3)
    nameless = operation("bridge_nameless", lambda u: u**3, partials)
    circular = operation("bridge_circular", lambda u: u**3, partials, sympy=lambda u: circular(u) + 1)
    assert to_sympy(named(x)) == sympy.cosh(X)
    assert to_sympy(written(x)) == X**3
    assert from_sympy(sympy.cosh(X)) is ops.cosh(x)
    with pytest.raises(OperandError, match="no counterpart of bridge_nameless"):
        to_sympy(nameless(x))
    with pytest.raises(OperandError, match="circle"):
        to_sympy(circular(x))


@pytest.mark.parametrize("formula", ["9^9^9", "factorial(10^8)", "zeta(-10^8 - 1)", "gamma(10^9)"])
def test_what_sympy_would_compute_for_ever_is_left_as_written(formula):
    assert from_sympy(to_sympy(formula)).op is parse(formula).op


def test_a_long_sum_and_a_long_product_cross_in_one_piece():
    many = symbols([f"x{i}" for i in range(2000)])
    for row, whole in ((add, sympy.Add), (mul, sympy.Mul)):
        s = to_sympy(row(*many))
        assert isinstance(s, whole)
        assert len(s.args) == 2000
        assert to_sympy(from_sympy(s)) == s


def test_a_shared_partial_sum_is_kept():
    whole = (x + y + 1) * (x + y) ** 2
    assert to_sympy(whole) == (X + Y + 1) * (X + Y) ** 2


def test_depth_ends_in_a_clear_error_or_in_the_answer():
    e = x
    for _ in range(100_000):
        e = sin(e)
    with pytest.raises(LimitError, match="nested too deeply for SymPy"):
        to_sympy(e)
    deep = X
    for _ in range(250):
        deep = sympy.sin(deep)
    assert to_sympy(from_sympy(deep)) == deep


def test_a_dummy_symbol_never_takes_the_name_of_another():
    dummy = sympy.Dummy("x", real=True)
    e = from_sympy(X + dummy)
    assert len({part for part in e.args if isinstance(part, Sym)}) == 2


def test_without_sympy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(ExtraError, match=r"symdiff-engine\[sympy\]"):
        to_sympy("x")
