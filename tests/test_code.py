"""Source code for users: every row in every language gives what `val` gives, and the text reads well."""

import math
import os
import random
import shutil
import sqlite3
import subprocess
import time
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from running import compiled, process, run

from symdiff import (
    EvaluationError,
    LimitError,
    MissingError,
    Num,
    OperandError,
    Sym,
    UndefinedError,
    code,
    gradient,
    operation,
    parse,
    sin,
    val,
)
from symdiff.core import languages
from symdiff.core.declare import OWN
from symdiff.core.expr import App
from symdiff.core.ops import READ, TABLE
from symdiff.numeric.code import LANGUAGES
from symdiff.numeric.code.definitions import DEFINITIONS

GOLDEN = Path(__file__).resolve().parent / "golden" / "code"
ROWS = [row for row in TABLE.values() if row not in OWN]
XS = (Sym("x"), Sym("y"), Sym("z"))
NASTY = (-1e300, -1000.0, -2.0, -1.0, -0.5, -1e-300, -0.0, 0.0, 1e-300, 0.5, 1.0, 2.0, 3.0, 1000.0, 1e300)
PAIRS = (-1000.0, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, 1000.0)

every_language = pytest.mark.parametrize("language", LANGUAGES)


def said(language):
    """The rows that this language can say."""
    return [row for row in ROWS if getattr(row, language) or row.name in DEFINITIONS or not row.arity]


def special_points(row):
    if row.group == "Special functions":  # SciPy gives up or loses digits far out
        return list(product((-1.5, -1.0, 0.0, 0.5, 2.0), repeat=row.arity))
    if row.arity == 1:
        return [(u,) for u in NASTY]
    if row.arity == 2:
        return [(u, v) for u in PAIRS for v in PAIRS]
    return [(c, u, v) for c in (0.0, 1.0, -2.0) for u in (-0.5, 2.0) for v in (0.0, 3.0)]


def sample_points(row):
    dice = random.Random(row.name)
    draw = lambda r: float(dice.randint(*r)) if isinstance(r[0], int) else dice.uniform(*r)  # noqa: E731
    return [tuple([draw(r) for r in row.sample]) for _ in range(5)]


def expected(e, point):
    """The value; nan where there is none, an infinity of either sign where it is too large."""
    try:
        return float(val(e, dict(zip("xyz", point, strict=False))))
    except UndefinedError:
        return math.nan
    except LimitError:
        return math.inf


def agrees(found, wanted, ulps=4.0, tolerance=0.0):
    if math.isnan(wanted) or math.isinf(wanted):
        return math.isnan(found) if math.isnan(wanted) else math.isinf(found)
    return abs(found - wanted) <= max(ulps * math.ulp(wanted), tolerance * abs(wanted), 1e-307)


@every_language
def test_every_row_has_the_value_that_val_gives(language, tmp_path):
    rows = said(language)
    es = [App(row, XS[: row.arity]) for row in rows]
    tests = [(i, point) for i, row in enumerate(rows) for point in sample_points(row) + special_points(row)]
    points = [tuple([*point, 0.5, 0.5, 0.5][:3]) for _, point in tests]
    results = run(language, tmp_path, code(es, "x y z", language), points, len(es))
    wrong = []
    for (i, point), found in zip(tests, results, strict=True):
        wanted = expected(es[i], point)
        special = rows[i].group == "Special functions"
        if not agrees(found[i], wanted, tolerance=1e-11 if special else 0.0):
            wrong.append((rows[i].name, point, found[i], wanted))
    assert not wrong


@every_language
def test_what_is_undefined_stays_so(language, tmp_path):
    rows = [row for row in said(language) if row.arity and row.form != "logic" and row.name != "where"]
    es = [App(row, XS[: row.arity]) for row in rows]
    (found,) = run(language, tmp_path, code(es, "x y z", language), [(math.nan, math.nan, math.nan)], len(es))
    assert [row.name for row, value in zip(rows, found, strict=True) if not math.isnan(value)] == []


# fmt: off
CHOICES = [
    # formula                              x     y     value
    ("where(x > 0, log(x), y)",           -1.0,  5.0,  5.0),
    ("where(x > 0, y, 1/(x + 1))",         1.0,  5.0,  5.0),
    ("where(1/x > 0, 1, 2)",               0.0,  5.0,  math.nan),
    ("where(x, y, 7)",                     0.0,  5.0,  7.0),
    ("where(log(x) < 1, 1, 2)",           -1.0,  5.0,  math.nan),
    ("where(x > 0 or log(x) > 0, 1, 2)",   1.0,  5.0,  1.0),
    ("where(log(x) > 0 or y > 0, 1, 2)",  -1.0,  5.0,  1.0),
    ("where(log(x) > 0 and y < 0, 1, 2)", -1.0,  5.0,  2.0),
    ("where(log(x) > 0 and y > 0, 1, 2)", -1.0,  5.0,  math.nan),
    ("where(not log(x) > 0, 1, 2)",       -1.0,  5.0,  math.nan),
    ("where(x == 0 and y != 4, 1, 2)",     0.0,  5.0,  1.0),
    ("0*(1/x)",                            0.0,  5.0,  math.nan),
    ("(1/x)^0",                            0.0,  5.0,  math.nan),
    ("x^0 + 0^x",                          0.0,  5.0,  2.0),
    ("x^(-1)",                             0.0,  5.0,  math.nan),
    ("x^(-2)",                             1e-200, 5.0, math.inf),
    ("x^(-1/2)",                           0.0,  5.0,  math.nan),
    ("1/(x^2*y^4)",                        0.0,  5.0,  math.nan),
    ("1/sqrt(x^2*abs(y))",                 0.0,  5.0,  math.nan),
    ("1/(abs(x) + (y - 5)^2)",             0.0,  5.0,  math.nan),
    ("1/(1 + x^2) + 1/cosh(x)",            0.0,  5.0,  2.0),
    ("atan2(x, -1)",                      -0.0,  5.0,  math.pi),
    ("min(log(x), y)",                    -1.0,  5.0,  math.nan),
    ("max(y, log(x))",                    -1.0,  5.0,  math.nan),
    ("(-8)^(1/3) + y",                     0.0,  5.0,  math.nan),
    ("root(x, 5)",                       -32.0,  5.0,  -2.0),
    ("root(x, y)",                       1e-300, 1e300, 1.0),
    ("root(x, y)",                       -2.0, -0.9999999999999999, math.nan),
    ("root(x, y)",                       -8.0, -3.0, -0.5),
    ("1 + (x > 0)*3",                      1.0,  5.0,  4.0),
    ("(x > 0) + (y > 0) + (x > y)",        1.0,  5.0,  2.0),
    ("x > 0",                              1.0,  5.0,  1.0),
    ("1/2*x + y/2",                        1.0,  5.0,  3.0),
    ("x - (y - (2 - x))",                  1.0,  5.0,  -3.0),
    ("x/(y/(x/y))",                        1.0,  5.0,  0.04),
    ("-(-x) - -y",                         1.0,  5.0,  6.0),
    ("-x^2 + (-x)^2 - (-(x - y))",         1.0,  5.0,  -4.0),
    ("2^-x",                               1.0,  5.0,  0.5),
]
# fmt: on


@every_language
def test_a_choice_an_undefined_part_and_brackets_are_kept(language, tmp_path):
    es = [formula for formula, *_ in CHOICES]
    points = [(x, y) for _, x, y, _ in CHOICES]
    results = run(language, tmp_path, code(es, "x y", language), points, len(es))
    wrong = [
        (formula, results[i][i], value)
        for i, (formula, _, _, value) in enumerate(CHOICES)
        if not agrees(results[i][i], value)
    ]
    assert wrong == []


@every_language
def test_what_is_too_large_is_an_infinity(language, tmp_path):
    es = ["exp(x)", "-exp(x)", "1/(1 + exp(x))", "x^200", "(-x)^201", "sinh(-x)", "cosh(-x)", "exp(x)*exp(x)"]
    (found,) = run(language, tmp_path, code(es, "x", language), [(1000.0,)], len(es))
    assert found == [math.inf, -math.inf, 0.0, math.inf, -math.inf, -math.inf, math.inf, math.inf]


def drawn_expression(dice, rows, depth):
    """A random expression of these rows in x and y."""
    layer = [Sym("x"), Sym("y"), Num(2), Num(-3), Num(Fraction(1, 3)), Num(0.1)]
    for _ in range(depth):
        layer += [App(row, tuple([dice.choice(layer) for _ in range(row.arity)])) for row in dice.choices(rows, k=4)]
    return layer[-1]


def steady(e, point):
    """The value, where a change in the last digits of the point changes nothing that a test would notice."""
    values = [expected(e, [u * (1 + h) for u in point]) for h in (0, 1e-12, -1e-12)]
    close = all(agrees(v, values[0], tolerance=1e-9) or abs(v - values[0]) < 1e-9 for v in values)
    return values[0] if close else None


@every_language
def test_random_formulas_have_their_values(language, tmp_path):
    dice = random.Random(11)
    rows = [row for row in said(language) if row.arity and row.group != "Special functions"]
    es = [drawn_expression(dice, rows, 6) for _ in range(150)]
    points = [(dice.uniform(-3, 3), dice.uniform(0.1, 4)) for _ in range(6)]
    results = run(language, tmp_path, code(es, "x y", language), points, len(es))
    compared, wrong = 0, []
    for point, values in zip(points, results, strict=True):
        for e, found in zip(es, values, strict=True):
            wanted = steady(e, point)
            if wanted is not None and not math.isinf(wanted):
                compared += 1
                if not agrees(found, wanted, tolerance=1e-8) and not abs(found - wanted) < 1e-8:
                    wrong.append((str(e), point, found, wanted))
    assert wrong == []
    assert compared > 500


MODELS = [
    ("a*exp(-b*x)*sin(c*x + d) + e", "x a b c d e"),
    ("a/(1 + exp(-(x - b)/c)) + d*x^2 + k*exp(-((x - m)/s)^2)", "x a b c d k m s"),
]


@pytest.mark.parametrize("language", ["c", "python", "numpy", "javascript"])
@pytest.mark.parametrize(("formula", "args"), MODELS)
def test_the_gradient_comes_with_the_value(language, formula, args, tmp_path):
    e = parse(formula, symbols=["e"])
    names = args.split()
    dice = random.Random(1)
    points = [tuple([dice.uniform(0.5, 2) for _ in names]) for _ in range(5)]
    text = code(e, names, language, derivatives="gradient", wrt=names[1:])
    results = run(language, tmp_path, text, points, len(names))
    wanted = [e, *gradient(e, names[1:])]
    for point, found in zip(points, results, strict=True):
        values = [val(w, dict(zip(names, point, strict=True))) for w in wanted]
        assert found == pytest.approx(values, rel=1e-13)


def test_second_derivatives_come_row_by_row(tmp_path):
    text = code("x^2*y^3", "x y", "python", derivatives=["gradient", "hessian"])
    (found,) = run("python", tmp_path, text, [(2.0, 3.0)], 7)
    assert found == [108.0, 108.0, 108.0, 54.0, 108.0, 108.0, 72.0]


def test_derivatives_along_a_direction_take_it_as_further_arguments(tmp_path):
    text = code("x^2*y", "x y", "python", derivatives=["jvp", "hvp"])
    (found,) = run("python", tmp_path, text, [(2.0, 3.0, 1.0, 10.0)], 4)  # the gradient is (12, 4)
    assert found == [12.0, 52.0, 46.0, 4.0]


def test_the_array_function_of_c_gives_rows_of_results(tmp_path):
    text = code("x^2*y", "x y", "c", derivatives="gradient")
    main = """int main(void) {
    double x[] = {1, 2, 3}, y[] = {4, 5, 6}, out[9];
    f_array(3, x, y, out);
    for (int i = 0; i < 9; i++) printf("%g ", out[i]);
    return 0;
}
"""
    assert process([compiled(tmp_path, text, main)]) == [[4, 20, 54, 8, 20, 36, 1, 4, 9]]


@pytest.mark.parametrize(("formula", "args"), MODELS[1:])
def test_gcc_makes_vectors_of_the_array_function(formula, args, tmp_path):
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("no gcc here")
    (tmp_path / "f.c").write_text(code(formula, args, "c", derivatives="gradient"), encoding="utf-8")
    flags = ["-O3", "-ffast-math", "-fopt-info-vec", "-c", "-o", str(tmp_path / "f.o")]
    done = subprocess.run([gcc, *flags, str(tmp_path / "f.c")], capture_output=True, text=True, check=True, timeout=60)
    assert "loop vectorized" in done.stderr


# --------------------------------------------------------------------------------------------------------------- names

# fmt: off
AWKWARD = ["int", "lambda", "class", "function", "select", "sin", "exp", "divide", "out", "n", "i", "t1", "f", "u",
           "np", "λ", "Δ_1", "é", "ж", "__x", "_X", "NaN", "None", "await", "order", "y0", "I", "M_PI", "double", "k",
           "math"]
# fmt: on


@pytest.mark.parametrize("language", ["c", "python", "numpy", "javascript"])
def test_any_name_is_taken_and_changes_are_told(language, tmp_path):
    xs = [Sym(name) for name in AWKWARD]
    e = sum([(i + 1) * sin(x) / (x + 1) for i, x in enumerate(xs)], start=Num(0))
    text = code([e, "int*λ"], AWKWARD, language)
    point = tuple([0.1 * i + 0.1 for i in range(len(AWKWARD))])
    ((found, area),) = run(language, tmp_path, text, [point], 2)
    assert found == pytest.approx(val(e, dict(zip(AWKWARD, point, strict=True))), rel=1e-13)
    assert area == pytest.approx(point[0] * point[AWKWARD.index("λ")])
    assert "Names in the code:" in text


def test_columns_of_a_table_keep_their_names_in_sql():
    text = code("x + sin(f) + 2*sin(f) + t1*λ*order", "x f t1 λ order", "sql")
    with sqlite3.connect(":memory:") as database:
        database.execute('CREATE TABLE data (x, f, t1, λ, "order")')
        database.execute("INSERT INTO data VALUES (1, 0, 2, 3, 4)")
        assert database.execute(text).fetchall() == [(1, 0, 2, 3, 4, 25)]
    database.close()


def test_whole_numbers_in_a_table_are_not_divided_as_such():
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE data (x INTEGER, y INTEGER)")
        database.execute("INSERT INTO data VALUES (1, 2)")
        assert database.execute(code("x/y", "x y", "sql")).fetchall() == [(1, 2, 0.5)]
    database.close()


@pytest.mark.parametrize("name", ["2f", "f g", "f;", "", "λ", "f(x)", "a\nb"])
@every_language
def test_a_function_cannot_have_any_name(language, name):
    with pytest.raises(OperandError):
        code("x", "x", language, name=name)


@pytest.mark.parametrize(("language", "name"), [("c", "int"), ("python", "lambda"), ("javascript", "delete")])
def test_a_function_cannot_be_a_keyword(language, name):
    with pytest.raises(OperandError, match="means something else"):
        code("x", "x", language, name=name)


# -------------------------------------------------------------------------------------------------------------- limits


def test_a_long_formula_takes_linear_time_and_short_lines():
    def seconds(count):
        x, e = Sym("x"), Sym("y")
        for i in range(count // 2):
            e = sin(e) + (x if i % 3 else e)
        started = time.perf_counter()
        texts = [code(e, "x y", language) for language in ("c", "javascript")]
        spent = time.perf_counter() - started
        assert max(map(len, "".join(texts).splitlines())) <= 100
        return spent

    few, many = min(seconds(2_000) for _ in range(2)), seconds(20_000)
    assert many < 30 * few


def test_a_shared_part_is_computed_once(tmp_path):
    e = Sym("x")
    for _ in range(60):
        e = e + e  # 2^60 as a tree
    for language in LANGUAGES:
        text = code(e, "x", language)
        assert len(text) < 12_000
    assert run("python", tmp_path, code(e, "x", "python"), [(1.0,)], 1) == [[2.0**60]]


@every_language
def test_layers_of_shared_parts_stay_fast(language, tmp_path):
    e = Sym("x")
    for _ in range(12):
        e = e * e / 2 + e / 3  # as text 4^12
    text = code(e, "x", language)
    ((found,),) = run(language, tmp_path, text, [(0.5,)], 1)
    assert found == pytest.approx(float(val(e, x=0.5)), rel=1e-12)


def test_a_row_of_results_is_as_long_as_the_arguments_in_numpy(tmp_path):
    results = run("numpy", tmp_path, code(["2", "x", "y", "x*y"], "x y", "numpy"), [(1.0, 2.0), (3.0, 4.0)], 4)
    assert results == [[2, 1, 2, 2], [2, 3, 4, 12]]


@every_language
def test_numbers_come_back_as_the_nearest_float(language, tmp_path):
    dice = random.Random(5)
    numbers = [Fraction(dice.getrandbits(60), dice.getrandbits(50) + 1) for _ in range(50)]
    numbers += [
        Fraction(1, 3),
        Fraction(-2, 7),
        Fraction(1, 10),
        10**22 + 1,
        2**70,
        -7,
        Fraction(1, 10**300),
        Fraction(0.1),
    ]
    (found,) = run(language, tmp_path, code([Num(q) for q in numbers], "x", language), [(0.0,)], len(numbers))
    if language == "sql":  # SQLite may miss the last digit of a long decimal
        assert found == pytest.approx([float(q) for q in numbers], rel=4e-16)
    else:
        assert found == [float(q) for q in numbers]


# -------------------------------------------------------------------------------------------------------------- errors


def test_a_function_that_a_language_lacks_is_named():
    with pytest.raises(EvaluationError, match=r"C has no function for besselj\(n, x\)") as caught:
        code("besselj(2, x)", "x", "c")
    assert "numpy" in str(caught.value)
    with pytest.raises(EvaluationError, match="JavaScript has no function for erf"):
        code("erf(x)", "x", "javascript")
    with pytest.raises(EvaluationError, match="abstract"):
        code("f(x)", "x", "c")


def test_a_constant_may_be_of_any_function(tmp_path):
    text = code("x*besselj(2, 1) + gamma(1/2)", "x", "javascript")
    ((found,),) = run("javascript", tmp_path, text, [(2.0,)], 1)
    assert found == pytest.approx(val("2*besselj(2, 1) + gamma(1/2)"), rel=1e-15)


def test_mistakes_in_what_is_asked_are_told():
    with pytest.raises(OperandError, match="did you mean 'javascript'"):
        code("x", "x", "javscript")
    with pytest.raises(OperandError, match="languages: c, python"):
        code("x", "x", "cobol")
    with pytest.raises(OperandError, match="there are gradient"):
        code("x", "x", "c", derivatives="slope")
    with pytest.raises(OperandError, match="twice"):
        code("x", "x x", "c")
    with pytest.raises(OperandError, match="no formula"):
        code([], "x", "c")
    with pytest.raises(MissingError, match=r"^'y' is not among the arguments \(x\)\nadd it$"):
        code("x + y", "x", "c")
    with pytest.raises(MissingError, match=r"^'rate' is not among the arguments \(x, rat\)\n.*did you mean 'rate'"):
        code("rate*x", "x rat", "c")
    with pytest.raises(OperandError, match=r"there is no code in 'C\+\+'\ntake 'c'"):
        code("x", "x", "C++")
    with pytest.raises(EvaluationError, match="SQL has no infinity"):
        code("x + 10^400", "x", "sql")


def test_a_language_has_its_name_in_any_case_and_its_short_names():
    for name, language in (("C", "c"), ("Python", "python"), ("py", "python"), ("JS", "javascript"), ("np", "numpy")):
        assert code("x^2", "x", name) == code("x^2", "x", language)


def test_an_operation_of_your_own_says_what_languages_call_it(tmp_path):
    cube = operation("cube", value=lambda u: u**3, partials=[lambda u: 3 * u**2])
    with pytest.raises(EvaluationError, match="Python has no function for cube"):
        code(cube(Sym("x")), "x", "python")
    cube = operation("cube", value=lambda u: u**3, partials=[lambda u: 3 * u**2], python="%1*%1*%1", c="cubed")
    try:
        text = code(-cube(Sym("x") + 1) / 2, "x", "python")
        assert run("python", tmp_path, text, [(1.0,)], 1) == [[-4.0]]
        text = code(cube(Sym("x") + 1), "x", "c")
        main = 'double cubed(double u) { return u*u*u; }\nint main(void) { printf("%g", f(1)); return 0; }\n'
        assert process([compiled(tmp_path, text, main)]) == [[8.0]]
    finally:
        OWN.discard(cube)
        del TABLE["cube"], READ["cube"]


def test_a_stable_form_is_computed_and_told():
    text = code("exp(x) - 1", "x", "c")
    assert "return expm1(x);" in text
    assert "Computed, to lose fewer digits: f as expm1(x)." in text
    assert "return exp(x) - 1.0;" in code("exp(x) - 1", "x", "c", stable=False)


def test_every_column_is_a_language():
    assert set(languages.LANGUAGES) == set(LANGUAGES)


# --------------------------------------------------------------------------------------------------------- golden text

EXAMPLES = {
    "decay": ("a*exp(-b*x) + c", "x a b c", "gradient"),
    "choice": ("where(x > 0, x^2*log(x)/k, root(x, 3)) + 1/3", "x k", None),
}


@every_language
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_text_is_as_in_the_golden_file(example, language):
    formula, args, derivatives = EXAMPLES[example]
    text = code(formula, args, language, name=example, derivatives=derivatives)
    file = GOLDEN / f"{example}_{language}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + text.header, encoding="utf-8")
    assert text + text.header == file.read_text(encoding="utf-8")


def test_no_name_of_a_function_or_an_argument_meets_one_that_c_code_needs(tmp_path):
    for name, args in (("n", ["x"]), ("out", ["x"]), ("i", ["at"]), ("f", ["n", "n_", "out", "out_", "i", "at"])):
        total = sum([Sym(x) for x in args], Num(1))
        for es in (total, [total, total**2]):
            compiled(tmp_path, code(es, args, "c", name), "int main(void) { return 0; }\n")


def test_a_column_of_sql_may_be_called_like_a_keyword():
    text = code("x^2", "x", "sql", "select")
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE data (x)")
        base.execute("INSERT INTO data VALUES (3)")
        assert base.execute(text).fetchall() == [(3.0, 9.0)]
