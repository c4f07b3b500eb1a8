"""What is printed: text that is read back to the identical object, and five other forms of the same formula."""

import json
import os
import re
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

import pytest
from hypothesis import given, settings
from strategies import ABSTRACT, BUILT_IN, expressions

from symdiff.core.declare import abstract, function, operation
from symdiff.core.expr import App, Num, Sym, symbols
from symdiff.core.fold import fold
from symdiff.core.ops import (
    TABLE,
    add,
    both,
    cbrt,
    cos,
    e,
    either,
    exp,
    factorial,
    logb,
    lt,
    maximum,
    minimum,
    neg,
    no,
    pi,
    root,
    sin,
    sqrt,
    sub,
    where,
)
from symdiff.errors import LimitError
from symdiff.text.digits import decimal
from symdiff.text.parse import parse
from symdiff.text.show import latex, mathml, pretty, sexpr, show

GOLDEN = Path(__file__).resolve().parent / "golden" / "show"
FORMS = [show, pretty, sexpr, latex, mathml]
DEPTH = 100_000

x, y, z = symbols("x y z")
f, g = function("f"), function("g")
third = Num(Fraction(1, 3))

every_form = pytest.mark.parametrize("form", FORMS)
every_row = pytest.mark.parametrize("row", [*BUILT_IN, *ABSTRACT], ids=lambda row: row.name)


def applied(row):
    """The row with symbols for arguments, by itself and among others."""
    whole = App(row, (x, y, z)[: row.arity])
    return whole, 2 * whole**2 - whole * (y + 1) / -whole


# --------------------------------------------------------------------------------------------------- text, read back

# fmt: off
WRITTEN = [
    (2*x*sin(x) + x**2*cos(x),       "2*x*sin(x) + x^2*cos(x)"),
    ((x + 1)**2,                     "(x + 1)^2"),
    (x**(Num(2)/3),                  "x^(2/3)"),
    (-x**2,                          "-x^2"),
    ((-x)**2,                        "(-x)^2"),
    (x**-2,                          "x^(-2)"),
    (x**-y,                          "x^(-y)"),
    (2**-x,                          "2^(-x)"),
    (Num(-2)**x,                     "(-2)^x"),
    (-Num(2)**x,                     "-2^x"),
    (Num(0.5)**x,                    "0.5^x"),
    (x**y**z,                        "x^y^z"),
    ((x**y)**z,                      "(x^y)^z"),
    (-2*x,                           "-2*x"),
    (-(2*x),                         "-(2*x)"),
    (-x*y,                           "-x*y"),
    (-(x*y),                         "-(x*y)"),
    (x*-y,                           "x*(-y)"),
    (x*-2,                           "x*(-2)"),
    (x/-2,                           "x/(-2)"),
    (neg(Num(2)),                    "-(2)"),
    (neg(Num(-2)),                   "-(-2)"),
    (neg(neg(x)),                    "-(-x)"),
    (x + -2,                         "x + (-2)"),
    (x - -2*y,                       "x - (-2)*y"),
    (x - (-y)*z,                     "x - (-y)*z"),
    (-x - y,                         "-x - y"),
    (x + y + z,                      "x + y + z"),
    (x + (y + z),                    "x + (y + z)"),
    (x - y + z,                      "x - y + z"),
    (x - (y + z),                    "x - (y + z)"),
    (App(sub, (x, App(add, (y, z)))), "x - (y + z)"),
    (x*y/z,                          "x*y/z"),
    (x*(y/z),                        "x*(y/z)"),
    (x/(y*z),                        "x/(y*z)"),
    (x/(y/z),                        "x/(y/z)"),
    (x*(y + 1),                      "x*(y + 1)"),
    (maximum(x, y, z),               "max(x, y, z)"),
    (maximum(x, maximum(y, z)),      "max(x, max(y, z))"),
    (maximum(minimum(x, y), z),      "max(min(x, y), z)"),
    (abs(x)**2,                      "abs(x)^2"),
    (logb(x, 3),                     "log(x, 3)"),
    (factorial(x),                   "factorial(x)"),
    (pi()*e()**x,                    "pi*e^x"),
    (where(x > 0, x, 0),             "where(x > 0, x, 0)"),
    (x >= -2,                        "x >= -2"),
    (lt(lt(x, y), z),                "(x < y) < z"),
    (lt(x, y) + 1,                   "(x < y) + 1"),
    (no(x > 0),                      "not x > 0"),
    (no(both(x > 0, y > 0)),         "not (x > 0 and y > 0)"),
    (either(both(x > 0, y > 0), z > 0), "x > 0 and y > 0 or z > 0"),
    (both(either(x > 0, y > 0), z > 0), "(x > 0 or y > 0) and z > 0"),
    (both(x > 0, y > 0, z > 0),      "x > 0 and y > 0 and z > 0"),
    (f(x)**2 + g(x, y),              "f(x)^2 + g(x, y)"),
    (abstract("f", (1, 1), 1)(x),    "f''(x)"),
    (abstract("f", (1, 2), 2)(x, y), "f'1'2(x, y)"),
    (third*x,                        "rational(1, 3)*x"),
    (-third,                         "-(rational(1, 3))"),
    (Num(Fraction(-1, 3))**2,        "rational(-1, 3)^2"),
]
NUMBERS = [
    (0,                    "0"),
    (-12,                  "-12"),
    (Fraction(1, 2),       "0.5"),
    (Fraction(-7, 1000),   "-0.007"),
    (0.1,                  "0.1"),
    (123.456,              "123.456"),
    (10**20,               "100000000000000000000"),
    (10**300,              "1e300"),
    (-25 * 10**40,         "-2.5e41"),
    (1e-300,               "1e-300"),
    (1.5e-7,               "1.5e-7"),
    (2**100,               "1267650600228229401496703205376"),
    (Fraction(1, 3),       "rational(1, 3)"),
    (Fraction(-22, 7),     "rational(-22, 7)"),
]
# fmt: on


@pytest.mark.parametrize(("formula", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_a_formula_is_written_with_no_more_brackets_than_needed(formula, text):
    assert show(formula) == text
    assert parse(text) is formula


@pytest.mark.parametrize(("value", "text"), NUMBERS, ids=[text for _, text in NUMBERS])
def test_a_number_is_written_exactly(value, text):
    assert show(Num(value)) == text
    assert parse(text) is Num(value)


@every_row
def test_every_operation_is_read_back(row):
    for formula in applied(row):
        assert parse(show(formula)) is formula


@settings(max_examples=200, deadline=None)
@given(expressions())
def test_any_formula_is_read_back(formula):
    assert parse(show(formula)) is formula


@settings(max_examples=200, deadline=None)
@given(expressions(wild=True))
def test_a_formula_that_nobody_would_write_is_read_back(formula):
    assert parse(show(formula)) is formula


@pytest.mark.parametrize(
    "name", ["sin", "max", "abs", "beta", "where", "rational", "d", "f", "E", "lambda", "x_1", "é"]
)
def test_a_name_is_read_back_also_where_it_is_the_name_of_a_function(name):
    s = Sym(name)
    for formula in [s * (x + 1), s ** (x + 1) * y, s**2 * (y + 1), s ** sin(x), -s / f(s)]:
        assert parse(show(formula)) is formula


def test_a_symbol_that_is_called_like_a_constant_is_read_back_when_declared():
    formula = Sym("e") ** Sym("pi") * e()
    assert show(formula) == "e^pi*e"
    assert parse(show(Sym("e") * x), symbols=["e"]) is Sym("e") * x
    assert parse(show(Sym("e") * x)) is e() * x


def test_a_function_without_a_formula_is_read_back_when_declared():
    speed = function("speed")(x)
    assert show(speed) == "speed(x)"
    assert parse("speed(x)", functions=["speed"]) is speed


def test_a_row_of_ones_own_is_printed_in_every_form():
    row = operation("cube", value=lambda u: u**3, partials=[lambda u: 3 * u**2])
    try:
        assert [form(row(x) + 1) for form in FORMS[:4]] == [
            "cube(x) + 1",
            "cube(x) + 1",
            "(+ (cube x) 1)",
            r"\operatorname{cube}\left(x\right) + 1",
        ]
        assert "<mi>cube</mi>" in mathml(row(x))
    finally:
        del TABLE["cube"]


@every_form
def test_text_and_numbers_are_accepted(form):
    assert form("x + 1") == form(x + 1)
    assert form(0.5) == form(Num(0.5))


def test_python_shows_an_expression_as_text():
    assert repr(x**2 + 1) == str(x**2 + 1) == f"{x**2 + 1}" == "x^2 + 1"
    assert repr([x, Num(2)]) == "[x, 2]"


# ------------------------------------------------------------------------------------------------------------- size


def test_an_integer_of_five_thousand_digits_is_printed_whatever_the_limit_of_python():
    n = Num(7**6000)
    assert len(show(n)) == 5071
    assert parse(show(n)) is n
    assert parse(show(-n / Num(3**9000))) is -n / Num(3**9000)
    assert parse(show(Num(Fraction(7**6000, 3**9000)))) is Num(Fraction(7**6000, 3**9000))
    long_decimal = Num(Fraction(7**2000, 10**4000))
    assert parse(show(long_decimal)) is long_decimal


def test_a_number_beyond_the_limit_is_refused_in_words_and_still_has_a_repr():
    for huge in (Num(10**200_000), Num(Fraction(1, 2**200_000)), Num(Fraction(1, 3**300_000))):
        with pytest.raises(LimitError, match="digits"):
            show(huge)
        assert repr(huge) == "<expression of 1 distinct node, too long to show>"


@every_form
def test_text_that_explodes_is_refused_at_once(form):
    doubled = x
    for _ in range(100):
        doubled = doubled + doubled
    with pytest.raises(LimitError, match="characters"):
        form(doubled)
    assert repr(doubled) == "<expression of 101 distinct nodes, too long to show>"


def test_text_that_passes_the_limit_by_long_names_is_refused():
    name = Sym("x" * 10_000)
    formula = name
    for _ in range(12):
        formula = formula * formula
    with pytest.raises(LimitError, match="longer than 10,000,000 characters"):
        show(formula)


def nested(step):
    chain = x
    for i in range(DEPTH):
        chain = step(chain, i)
    return chain


# fmt: off
CHAINS = {  # sums, sines and brackets: test_depth
    "Horner":    lambda u, i: u * x + i if i % 2 else u,
    "signs":     lambda u, i: -u,
    "powers":    lambda u, i: 2**u,
    "fractions": lambda u, i: 1/u,
    "maxima":    lambda u, i: maximum(u, y),
}
# fmt: on


@pytest.mark.parametrize("chain", ["signs", "powers", "fractions", "maxima"])
def test_a_chain_of_a_hundred_thousand_is_read_back(chain):
    formula = nested(CHAINS[chain])
    assert parse(show(formula)) is formula


@pytest.mark.parametrize("form", [repr, *FORMS[1:]])
@pytest.mark.parametrize("chain", ["Horner", "fractions"])
def test_a_chain_of_a_hundred_thousand_is_printed_in_every_form(form, chain):
    assert len(form(nested(CHAINS[chain]))) > DEPTH


# ---------------------------------------------------------------------------------------------------------- Unicode

# fmt: off
UNICODE = [
    (x**2*sqrt(x),                  "x² · √x"),
    (2*pi()*x/3 - 1,                "2 · π · x/3 − 1"),
    (x**-1,                         "x⁻¹"),
    (x**12,                         "x¹²"),
    (x**third,                      "x^(1/3)"),
    ((x**2)**3,                     "(x²)³"),
    (sqrt(x)**2,                    "(√x)²"),
    (sqrt(x**2),                    "√(x²)"),
    (sqrt(x + 1),                   "√(x + 1)"),
    (cbrt(x)*root(y, 4),            "∛x · root(y, 4)"),
    (factorial(x + 1)**2,           "((x + 1)!)²"),
    (abs(abs(x) - 1),               "||x| − 1|"),
    (-x - -2,                       "−x − (−2)"),
    (Num(Fraction(-3, 10**40)),     "−3e-40"),
    (both(x <= 1, no(x >= 0)),      "x ≤ 1 ∧ ¬(x ≥ 0)"),
    (where(x > 0, third, 0),        "where(x > 0, 1/3, 0)"),
]
# fmt: on


@pytest.mark.parametrize(("formula", "text"), UNICODE, ids=[text for _, text in UNICODE])
def test_a_formula_is_written_in_unicode(formula, text):
    assert pretty(formula) == text


def with_quotients(n):
    """In Unicode the number 1/3 is written as the quotient it is."""
    return n if decimal(n.value) else Num(n.value.numerator) / n.value.denominator


@settings(max_examples=200, deadline=None)
@given(expressions(wild=True))
def test_a_formula_in_unicode_is_read_back_with_the_same_value(formula):
    same = fold(formula, with_quotients, lambda s: s, lambda node, parts: App(node.op, tuple(parts)))
    assert parse(pretty(formula)) is same


# ---------------------------------------------------------------------------------------------------- S-expressions


def test_s_expressions_are_those_of_the_post():
    assert sexpr(x**2 + x * y) == "(+ (** x 2) (* x y))"
    m, b = symbols("m b")
    points = [(-2, -3), (3, 7)]
    loss = sum((m * px + b - py) ** 2 for px, py in points) / len(points)
    assert sexpr(loss) == "(/ (+ (+ 0 (** (- (+ (* m -2) b) -3) 2)) (** (- (+ (* m 3) b) 7) 2)) 2)"


def test_s_expressions_of_the_other_rows():
    assert sexpr(-sin(x) * 0.5 + third) == "(+ (* (- (sin x)) 0.5) 1/3)"
    assert sexpr(where(x > 0, pi(), logb(x, 3))) == "(where (> x 0) pi (log x 3))"


# ------------------------------------------------------------------------------------------------------------ LaTeX

# fmt: off
LATEX = [
    (2*x*sin(x),                    r"2 x \sin\left(x\right)"),
    (sin(x)**2,                     r"\sin^{2}\left(x\right)"),
    (sin(x)**-1,                    r"\left(\sin\left(x\right)\right)^{-1}"),
    (f(x)**2,                       r"\left(f\left(x\right)\right)^{2}"),
    (x*(y + 1),                     r"x \cdot \left(y + 1\right)"),
    (2*(y + 1),                     r"2 \left(y + 1\right)"),
    (x*2,                           r"x \cdot 2"),
    (Num(2)*(Num(1)/2),             r"2 \cdot \frac{1}{2}"),
    (x*Num(2)**y,                   r"x \cdot 2^{y}"),
    (Sym("speed")*Sym("time"),      r"\mathrm{speed} \cdot \mathrm{time}"),
    (Sym("x1")*Sym("x_2"),          "x_{1} x_{2}"),
    (Sym("alpha_max")*Sym("Omega"), r"\alpha_{\mathrm{max}} \Omega"),
    (Sym("rate_per_day"),           r"\mathrm{rate}_{\mathrm{per\_day}}"),
    (Sym("_x") + Sym("x1_2"),       r"\mathrm{\_x} + \mathrm{x1}_{2}"),
    ((x + 1)/(2*y),                 r"\frac{x + 1}{2 y}"),
    ((x/y)**2,                      r"\left(\frac{x}{y}\right)^{2}"),
    (-(x/y),                        r"-\frac{x}{y}"),
    (exp(-x**2),                    "e^{-x^{2}}"),
    (exp(x)**2,                     r"\left(e^{x}\right)^{2}"),
    (root(x, 3) + cbrt(x),          r"\sqrt[{3}]{x} + \sqrt[3]{x}"),
    (abs(x) + factorial(x + 1),     r"\left|x\right| + \left(x + 1\right)!"),
    (x*factorial(sin(x)),           r"x \cdot \left(\sin\left(x\right)\right)!"),
    (logb(x, y),                    r"\log_{y}\left(x\right)"),
    (TABLE["besselj"](2, x),        r"J_{2}\left(x\right)"),
    (TABLE["polygamma"](1, x),      r"\psi^{\left(1\right)}\left(x\right)"),
    (where(x > 0, x, -1),           r"\begin{cases} x & \text{if } x > 0 \\ -1 & \text{otherwise} \end{cases}"),
    (abstract("f", (1, 1), 1)(x),   r"f''\left(x\right)"),
    (abstract("f", (1,)*4, 1)(x),   r"f^{\left(4\right)}\left(x\right)"),
    (abstract("f", (1, 1, 2), 2)(x, y), r"\partial_{1}^{2} \partial_{2} f\left(x, y\right)"),
    (third - Num(1e30),             r"\frac{1}{3} - 10^{30}"),
    (x**Num(-1.5e-30),              r"x^{-1.5 \cdot 10^{-30}}"),
]
COMMANDS = r"""
    \frac \sqrt \left \right \cdot \leq \geq \neq \wedge \vee \neg \partial \mathrm \operatorname \text \lfloor \rfloor
    \lceil \rceil \begin \end \\ \_ \pi \psi \zeta \Gamma \log \min \max \sin \cos \tan \cot \sec \csc
    \arcsin \arccos \arctan \sinh \cosh \tanh \coth \alpha \Omega
"""
# fmt: on


@pytest.mark.parametrize(("formula", "text"), LATEX, ids=[text for _, text in LATEX])
def test_a_formula_is_written_in_latex(formula, text):
    assert latex(formula) == text


def is_sound(text):
    """Whether braces, \\left and \\right close in the order in which they opened, and every command is a known one."""
    closing = {"}": "{", r"\right": r"\left", r"\end": r"\begin"}
    waiting = []
    for piece in re.findall(r"\\[A-Za-z]+|\\.|[{}]", text):
        if piece[0] == "\\" and piece not in COMMANDS.split():
            return False
        if piece in ("{", r"\left", r"\begin"):
            waiting.append(piece)
        elif piece in closing and (not waiting or waiting.pop() != closing[piece]):
            return False
    return not waiting and not re.search(r"[%@]\d", text)


@every_row
def test_every_operation_is_sound_latex(row):
    assert all(is_sound(latex(formula)) for formula in applied(row))


@settings(max_examples=200, deadline=None)
@given(expressions(symbols=["x", "x1", "alpha_max", "Omega"], wild=True))
def test_any_formula_is_sound_latex(formula):
    assert is_sound(latex(formula))


@pytest.mark.parametrize("row", [row for row in BUILT_IN if row is not where], ids=lambda row: row.name)
def test_matplotlib_draws_every_operation_but_cases(row):
    mathtext = pytest.importorskip("matplotlib.mathtext", reason="skipped: matplotlib is not installed")
    for formula in applied(row):
        mathtext.MathTextParser("path").parse(f"${latex(formula)}$")


KATEX = """
const katex = require('katex'), formulas = JSON.parse(require('fs').readFileSync(0));
for (const formula of formulas) katex.renderToString(formula, {throwOnError: true, strict: 'error'});
"""


def test_katex_renders_every_operation():
    node = shutil.which("node")
    if not node or subprocess.run([node, "-e", "require('katex')"], capture_output=True, check=False).returncode:
        pytest.skip("skipped: there is no katex (npm install katex, and NODE_PATH)")
    formulas = [latex(formula) for row in (*BUILT_IN, *ABSTRACT) for formula in applied(row)]
    formulas += [text for _, text in LATEX]
    subprocess.run([node, "-e", KATEX], input=json.dumps(formulas), text=True, check=True)


# ----------------------------------------------------------------------------------------------------------- MathML

ELEMENTS = "math mrow mi mn mo mfrac msup msub msubsup msqrt mroot mtable mtr mtd mtext"
CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "mroot": 2, "msubsup": 3, "mi": 0, "mn": 0, "mo": 0, "mtext": 0}


def is_presentation(text):
    """Whether the text is well-formed, of known elements, each with as many children as it must have."""
    elements = [(element.tag.rpartition("}")[2], element) for element in ElementTree.fromstring(text).iter()]
    leaves = [element.text for tag, element in elements if CHILDREN.get(tag) == 0]
    known = all(
        tag in ELEMENTS.split() and CHILDREN.get(tag, len(element)) == len(element) for tag, element in elements
    )
    return known and all(leaves) and not re.search(r"[%@]\d", text)


@every_row
def test_every_operation_is_presentation_mathml(row):
    assert all(is_presentation(mathml(formula)) for formula in applied(row))


@settings(max_examples=200, deadline=None)
@given(expressions(symbols=["x", "x1", "alpha_max", "é"], wild=True))
def test_any_formula_is_presentation_mathml(formula):
    assert is_presentation(mathml(formula))


def test_deep_mathml_is_well_formed():
    expat.ParserCreate().Parse(mathml(nested(CHAINS["fractions"])), True)


def test_mathml_says_what_is_applied_and_what_is_multiplied():
    body = "<mn>2</mn><mo>&#x2062;</mo><mrow><msup><mi>sin</mi><mn>2</mn></msup><mo>&#x2061;</mo>"
    assert body + "<mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow></mrow>" in mathml(2 * sin(x) ** 2)
    assert "<mo>−</mo><mn>2</mn>" in mathml(Num(-2))
    assert "<mo>&lt;</mo>" in mathml(x < y)


# ------------------------------------------------------------------------------------------------------ golden files
#
# One file for each form, one line for each row of the table: the name, the row by itself, the row among others.
# After a wanted change: `GOLDEN=write python -m pytest tests/test_show.py`, then read the difference.


@every_form
def test_every_row_is_printed_as_its_golden_file_shows(form):
    file = GOLDEN / f"{form.__name__}.txt"
    printed = {row.name: "\t".join([form(formula) for formula in applied(row)]) for row in (*BUILT_IN, *ABSTRACT)}
    if os.environ.get("GOLDEN") == "write":
        lines = [f"{name}\t{text}\n" for name, text in printed.items()]
        file.write_text("".join(lines), encoding="utf-8", newline="\n")
    for line in file.read_text(encoding="utf-8").splitlines():
        name, _, text = line.partition("\t")
        assert printed[name] == text


def test_printing_needs_no_heavy_import():
    check = (
        "import sys; from symdiff.text.show import latex, mathml, show; from symdiff.core.expr import Sym;"
        "show(Sym('x')), latex(Sym('x')), mathml(Sym('x')); print(*{'lark', 'numpy', 'flint'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
