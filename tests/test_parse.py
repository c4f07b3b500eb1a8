"""Text to expression: each notation beside the tree it means, and what must not be slow or deep."""

import ast
import gc
import re
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark.exceptions import GrammarError

from symdiff import (
    LimitError,
    OperandError,
    ParseError,
    cbrt,
    ceil,
    cos,
    floor,
    function,
    log,
    operation,
    parse,
    show,
    sin,
    sqrt,
    symbols,
)
from symdiff.core import ops
from symdiff.core.declare import OWN, abstract
from symdiff.core.expr import App, Num, Sym
from symdiff.core.ops import READ, TABLE, both, either, eq, factorial, ne, no
from symdiff.text import parse as module
from symdiff.text.parse import MEANINGS, built, expression
from symdiff.text.scope import CONSTANTS

SLACK = 3  # the machine may be busy with something else

x, y, z, a, b, n, r, t = symbols("x y z a b n r t")
pi, e = ops.pi(), ops.e()
f, g = function("f"), function("g")

# fmt: off
NOTATION = [
    # powers
    ("x^2 + x*y",         x**2 + x*y),
    ("x**2",              x**2),
    ("x²y",               x**2*y),
    ("x⁻¹",               x**-1),
    ("x¹⁰",               x**10),
    ("2ˣ",                Num(2)**x),
    ("e⁻ˣ",               e**(-x)),
    ("e⁻²ˣ",              e**(Num(-2)*x)),
    ("x^2^y",             x**(Num(2)**y)),
    ("2^-x",              Num(2)**(-x)),
    ("2^-3",              Num(2)**-3),
    ("2^-3^2",            Num(2)**(-(Num(3)**2))),
    ("(x²)³",             (x**2)**3),
    ("x^+2",              x**2),
    ("xⁿ + x⁻ⁿ",          x**n + x**(-n)),
    # signs
    ("-x^2",              -(x**2)),
    ("-2^2",              -(Num(2)**2)),
    ("-2²",               -(Num(2)**2)),
    ("-2!",               -factorial(2)),
    ("(-2)^2",            Num(-2)**2),
    ("-2*x",              Num(-2)*x),
    ("- 2 x",             Num(-2)*x),
    ("-x*y",              (-x)*y),
    ("-x y",              -(x*y)),
    ("x-2",               x - 2),
    ("x - -2",            x - (-2)),
    ("x*-2",              x*-2),
    ("-(2)",              -Num(2)),
    ("--2",               -Num(-2)),
    ("+x",                x),
    ("x−y",               x - y),
    ("-x/y/z",            (-x)/y/z),
    # products
    ("2x",                2*x),
    ("2x^2",              2*x**2),
    ("1/2x",              Num(1)/(2*x)),
    ("x(x+1)^2",          x*(x + 1)**2),
    ("(x+1)(x-1)",        (x + 1)*(x - 1)),
    ("(x)(y)",            x*y),
    ("2(3)",              Num(2)*3),
    ("x y z",             x*y*z),
    ("x·y×z÷a∗b∕n⋅r",     x*y*z/a*b/n*r),
    ("2 sin(x)",          2*sin(x)),
    ("2 sin(x) cos(x)",   2*sin(x)*cos(x)),
    ("2e3x",              Num(2000)*x),
    ("2e x",              Num(2)*e*x),
    ("x1(x+1)",           Sym("x1")*(x + 1)),
    ("x_1(x+1)",          Sym("x_1")*(x + 1)),
    ("α(x+1)",            Sym("α")*(x + 1)),
    ("πr²",               pi*r**2),
    ("pi(x+1)",           pi*(x + 1)),
    ("e(x+1)",            e*(x + 1)),
    # roots, bars, factorials
    ("√x",                sqrt(x)),
    ("√2x",               sqrt(2)*x),
    ("√(2x)",             sqrt(2*x)),
    ("√x^2",              sqrt(x)**2),
    ("√√x",               sqrt(sqrt(x))),
    ("2√x + ∛y",          2*sqrt(x) + cbrt(y)),
    ("|x|",               abs(x)),
    ("||x||",             abs(abs(x))),
    ("2|x|",              2*abs(x)),
    ("|x||y|",            abs(x)*abs(y)),
    ("|x+|y||",           abs(x + abs(y))),
    ("|x|-3",             abs(x) - 3),
    ("|-3|",              abs(Num(-3))),
    ("|sin(|x|)|",        abs(sin(abs(x)))),
    ("⌊x⌋ + ⌈y⌉",         floor(x) + ceil(y)),
    ("n!",                factorial(n)),
    ("-n!",               -factorial(n)),
    ("2n!",               2*factorial(n)),
    ("n!^2 + n!²",        factorial(n)**2 + factorial(n)**2),
    ("3!^2 + 3!²",        factorial(3)**2 + factorial(3)**2),
    ("x^n!",              x**factorial(n)),
    ("n!=3",              ne(n, 3)),
    # functions
    ("sin^2(x)",          sin(x)**2),
    ("sin²(x)",           sin(x)**2),
    ("sin^n(x)",          sin(x)**n),
    ("sin^-2(x)",         sin(x)**-2),
    ("sin^-n(x)",         sin(x)**(-n)),
    ("sin^(n+1)(x)",      sin(x)**(n + 1)),
    ("sin^((n+1)/2)(x)",  sin(x)**((n + 1)/2)),
    ("x^2(y)",            x**2*y),
    ("x^-1(y)",           x**-1*y),
    ("2^sin(x)",          Num(2)**sin(x)),
    ("ln(x) + log(x, b)", log(x) + ops.logb(x, b)),
    ("max(x, y, z)",      ops.maximum(ops.maximum(x, y), z)),
    ("sin (x)",           sin(x)),
    ("sin(x)(y)",         sin(x)*y),
    ("f(x) + g(x, y)",    f(x) + g(x, y)),
    ("f1(x) + g_2(x)",    function("f1")(x) + function("g_2")(x)),
    ("f'(x) + f''(x)",    abstract("f", (1,), 1)(x) + abstract("f", (1, 1), 1)(x)),
    ("f′(x) + f″(x)",     abstract("f", (1,), 1)(x) + abstract("f", (1, 1), 1)(x)),
    ("g'1'2(x, y)",       abstract("g", (1, 2), 2)(x, y)),
    ("g'2'1(x, y)",       abstract("g", (1, 2), 2)(x, y)),
    ("speed'(t)",         abstract("speed", (1,), 1)(t)),
    ("f'(x)^2",           abstract("f", (1,), 1)(x)**2),
    ("rational(1, 3)",    Num(Fraction(1, 3))),
    ("rational(-1, 3)x",  Num(Fraction(-1, 3))*x),
    # conditions
    ("x < y",             x < y),
    ("x ≤ y",             x <= y),
    ("x >= -2",           x >= -2),
    ("x ≠ y",             ne(x, y)),
    ("x == y",            eq(x, y)),
    ("0 < x < 1",         both(Num(0) < x, x < 1)),
    ("x < y <= z != a",   both(both(x < y, y <= z), ne(z, a))),
    ("(x < y) < z",       (x < y) < z),
    ("not x < y and y > z or x == z", either(both(no(x < y), y > z), eq(x, z))),
    ("¬(x < y) ∧ y > z ∨ x == z",     either(both(no(x < y), y > z), eq(x, z))),
    ("where(x > 0, x, 0)", ops.where(x > 0, x, 0)),
    ("(x > 0)*x",         (x > 0)*x),
    # space
    ("  x\t+\r\n y ",     x + y),
    ("x\u00a0+\u2009y",   x + y),
]
# fmt: on


@pytest.mark.parametrize(("text", "meant"), NOTATION, ids=lambda case: str(case)[:40])
def test_a_notation_means_the_tree_that_operators_build(text, meant):
    assert parse(text) is meant


# ------------------------------------------------------------------------------------------------- functions and names


@pytest.mark.parametrize("name", READ)
def test_every_row_is_read_by_its_name_and_by_its_other_names(name):
    for arity, row in READ[name].items():
        args = symbols("p q s")[:arity]
        assert parse(f"{name}({', '.join(v.name for v in args)})" if arity else name) is App(row, args)


@pytest.mark.parametrize("row", TABLE.values(), ids=str)
def test_the_example_of_every_row_is_a_formula_of_that_row(row):
    assert row in {part.op for part in [parse(row.example)]}


@pytest.mark.parametrize("name", READ)
def test_the_name_of_a_function_by_itself_is_a_variable(name):
    assert name in CONSTANTS or parse(f"{name} + 1") is Sym(name) + 1


def test_a_row_of_ones_own_is_read_at_once_and_its_name_was_free_before():
    with pytest.raises(ParseError):
        parse("cubed(x)")
    row = operation("cubed", value=lambda u: u**3, partials=[lambda u: 3 * u**2])
    try:
        assert parse("cubed(x)^2 + cubed") is row(x) ** 2 + Sym("cubed")
    finally:
        del TABLE["cubed"], READ["cubed"]
        OWN.discard(row)


NAMES = "E I S N Q O C beta gamma lambda d i in is if x_max _ __class__ λ Δx été 数 ωt"


@pytest.mark.parametrize("name", NAMES.split())
def test_any_name_is_a_variable(name):
    assert parse(name) is Sym(name)
    assert parse(f"2*{name}*x") is 2 * Sym(name) * x


def test_names_are_read_as_python_reads_them():
    assert parse("x₁ + \u00b5") is symbols("x1") + symbols("\u03bc")
    assert parse("x₁") is symbols("x₁")


def symbol_or_none(name):
    try:
        return Sym(name)
    except OperandError:
        return None


def read_or_none(name):
    try:
        return parse(name, symbols="e π")
    except ParseError:
        return None


def test_text_and_symbols_agree_on_what_a_name_is():
    letters = map(chr, [*range(0x21, 0x600), *range(0x1D00, 0x2200), *range(0xFF00, 0xFFEE)])
    for name in [name for c in letters if c != "+" and not c.isspace() for name in (c, "x" + c)]:
        read = read_or_none(name)
        assert symbol_or_none(name) is (read if isinstance(read, Sym) else None), name


def test_declared_symbols_multiply_and_are_no_constants():
    assert parse("e*pi(x)", symbols=["e", "pi"]) is Sym("e") * (Sym("pi") * x)
    assert parse("f(x)", symbols="f") is Sym("f") * x
    assert parse("sin(x)", symbols=[Sym("sin")]) is Sym("sin") * x
    assert parse("sin x", symbols=Sym("sin")) is Sym("sin") * x


def test_declared_functions_have_no_formula_even_where_the_table_has_one():
    assert parse("speed(t)^2", functions=["speed"]) is function("speed")(t) ** 2
    assert parse("sin(x)", functions="sin") is function("sin")(x)
    assert parse("d(x, y)", functions=["d"]) is function("d")(x, y)


def test_a_declared_name_must_be_one_name_of_one_kind():
    with pytest.raises(OperandError):
        parse("x", symbols=["2x"])
    with pytest.raises(OperandError, match="as a symbol and as a function"):
        parse("f(x)", symbols="f", functions="f")


# ------------------------------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("5.", 5),
        ("1e-3", Fraction(1, 1000)),
        ("1.5E+2", 150),
        ("00012", 12),
        ("0e999999999", 0),
        ("-2.50", Fraction(-5, 2)),
        ("1e" + "0" * 5000 + "2", 100),
        ("9" * 5000, 10**5000 - 1),
        ("1e5000", 10**5000),
        ("0." + "3" * 5000, Fraction((10**5000 - 1) // 3, 10**5000)),
    ],
    ids=lambda case: str(case)[:20] if isinstance(case, str) else "",
)
def test_numbers_are_exact(text, value):
    assert parse(text).value == value


@pytest.mark.parametrize("text", ["1e999999999", "1e-999999999", "1e" + "9" * 5000, "0.1e" + "9" * 150, "9" * 200_000])
def test_a_number_beyond_the_limit_is_refused_by_name(text):
    with pytest.raises(LimitError, match="digits"):
        parse("x + " + text)


# -------------------------------------------------------------------------------------------------- what is no formula


@pytest.mark.parametrize("thing", [b"x", None, 1, 0.5, Sym("x"), ["x"]])
def test_what_is_no_text_is_refused(thing):
    with pytest.raises(OperandError, match="parse reads text"):
        parse(thing)


def test_a_subclass_of_str_is_text_by_what_it_holds():
    class Text(str):
        __slots__ = ()

        def __str__(self):
            return "y"

    assert parse(Text("x")) is x


def test_expression_takes_formulas_numbers_and_expressions():
    assert expression("x") is expression(x) is x
    assert expression(0.1) is Num(Fraction(1, 10))
    with pytest.raises(OperandError):
        expression(b"x")


PIECES = """
    x y f sin log max sni pi e gamma 2 3.5 .5 1e3 - + * / ^ ** ( ) | , ! √ ² ⁻¹ < <= == = and or not f' f'1 ⌊ ⌋ where
    rational π $ _ 1_0 x₁ ∛ ⁿ
"""


def mixed(pieces: list[tuple[str, str]]) -> str:
    return "".join([piece + space for piece, space in pieces])


texts = st.lists(st.tuples(st.sampled_from(PIECES.split()), st.sampled_from(["", " "])), max_size=9).map(mixed)


@settings(max_examples=1500, deadline=None)
@given(texts | st.text(max_size=12))
def test_any_text_is_a_formula_that_can_be_shown_and_read_again_or_one_clean_error(text):
    read, problems = None, ()
    try:
        read = parse(text)
    except ParseError as error:
        problems = error.problems
    except LimitError:
        return
    assert read is not None or problems
    assert read is None or parse(show(read)) is read
    assert all(p.name and 0 <= p.span[0] <= p.span[1] <= len(text) for p in problems)


# -------------------------------------------------------------------------------------------------- the grammar itself


def test_every_rule_of_the_grammar_has_a_meaning_and_every_meaning_a_rule():
    rules = [rule for rule in built().parser.rules if rule.alias or not rule.options.expand1]
    assert {rule.alias or rule.origin.name for rule in rules} == set(MEANINGS)


def test_a_conflict_in_the_grammar_is_an_error(monkeypatch):
    ambiguous = module.grammar().replace("    | juxtaposed factor ", "    | juxtaposed signed ")
    monkeypatch.setattr(module, "grammar", lambda: ambiguous)
    with pytest.raises(GrammarError):
        built.__wrapped__()


SAMPLES = """
    x and andy or orb not note ∧ ¬ 1 1. .5 1e3 - − * ** × ^ ! != == < <= ≤ ( ) , | ⌊ ⌉ √ ² ⁻ⁿ ⁿ π πr f'1'2 _ x₁
"""


@pytest.mark.parametrize("sample", SAMPLES.split())
def test_only_one_terminal_matches_at_a_place(sample):
    looks = [re.compile(terminal.pattern.to_regexp()) for terminal in built().parser.terminals]
    assert len([look for look in looks if look.match(sample)]) == 1


def test_a_formula_means_the_same_in_every_thread():
    formulas = [f"x{i}^2 + sin(y{i})*{i}.5" for i in range(200)]
    built.cache_clear()  # so that the threads race to build the machine too
    with ThreadPoolExecutor(8) as pool:
        everyone = list(pool.map(lambda _: [parse(text) for text in formulas], range(8)))
    assert all(one is two for mine in everyone for one, two in zip(mine, everyone[0], strict=True))


def test_a_mistake_leaves_the_collector_as_it_was():
    assert gc.isenabled()
    with pytest.raises(ParseError):
        parse("2 3")
    assert gc.isenabled()


# ------------------------------------------------------------------------------------------------------- long and deep

DEEP = 100_000


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("(" * DEEP + "x" + ")" * DEEP, "Sym"),
        ("sin(" * DEEP + "x" + ")" * DEEP, "App"),
        ("(" * DEEP + "x" + "*x + 1)" * DEEP, "App"),
        ("|" * 10_000 + "x" + "|" * 10_000, "App"),
        ("-" * DEEP + "x", "App"),
        ("2^" * DEEP + "x", "App"),
        ("not " * DEEP + "x < 1", "App"),
        (" < ".join(["x"] * 10_000), "App"),
        ("max(" + ", ".join(["x"] * 10_000) + ")", "App"),
        ("f" + "'" * 1000 + "(x)", "App"),
    ],
    ids=["brackets", "sines", "horner", "bars", "signs", "powers", "not", "chain", "arguments", "primes"],
)
def test_depth_is_ordinary(text, meant):
    assert type(parse(text)).__name__ == meant


def test_a_sum_of_20_000_terms_is_read_in_a_second():
    text = " + ".join([f"x{i}*y^2" for i in range(20_000)])
    start = time.perf_counter()
    parse(text)
    assert time.perf_counter() - start < SLACK


# ---------------------------------------------------------------------------------------------------- a second opinion

ROWS = {ast.Add: ops.add, ast.Sub: ops.sub, ast.Mult: ops.mul, ast.Div: ops.div, ast.Pow: ops.pow}


def as_python_reads(text):
    """The tree that Python's own parser finds in a formula whose products are all written with *."""
    return from_python(ast.parse(text.replace("^", "**"), mode="eval").body)


def from_python(node):
    match node:
        case ast.BinOp(left, sign, right):
            return App(ROWS[type(sign)], (from_python(left), from_python(right)))
        case ast.UnaryOp(ast.USub(), ast.Constant(value)):
            return Num(-value)
        case ast.UnaryOp(ast.USub(), part):
            return -from_python(part)
        case ast.Constant(value):
            return Num(value)
        case ast.Name(name):
            return App(CONSTANTS[name], ()) if name in CONSTANTS else Sym(name)
        case ast.Call(ast.Name(name), args):
            row = READ[name].get(len(args)) or READ[name][2]
            return App(row, tuple([from_python(arg) for arg in args]))
    raise AssertionError(ast.dump(node))


@pytest.mark.parametrize(
    ("file", "keys", "step"),
    [
        ("formulas.jsonl", ["input"], 1),
        ("derivatives.jsonl", ["input", "derivative"], 1),
        ("simplify.jsonl", ["input", "expected_equiv"], 1),
        ("rubi.jsonl", ["integrand", "antiderivative"], 8),
    ],
)
def test_external_formulas_are_read_as_python_reads_them(entries, file, keys, step):
    records = [record for record in entries(file)[::step] if not record.get("has_i")]
    assert len(records) > 200
    for text in [record[key] for record in records for key in keys]:
        if "lambda" not in text and not re.search(r"\d{17}|\d\.\d{15}", text):  # no name, and no float, to Python
            assert parse(text) is as_python_reads(text), text
        else:
            parse(text)


def test_the_textbook_is_read_as_python_reads_it(external):
    lines = (external / "textbook.txt").read_text(encoding="utf-8").splitlines()
    formulas = [line for line in lines if line and not line.startswith("#")]
    assert len(formulas) == 68
    assert [parse(line) for line in formulas] == [as_python_reads(line) for line in formulas]
