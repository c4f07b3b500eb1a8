"""The table of rules, row by row: values kept at exact points (by balls), the measure, what is gained; and false rules.

A new row is tested by being there. Points are those where formulas break: 0, the units, halves, huge and tiny numbers.
"""

import random
from fractions import Fraction
from itertools import islice, product
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import BUILT_IN, expressions

from symdiff import parse, symbols
from symdiff.algebra.measure import total
from symdiff.algebra.rules.facts import holds, is_whole
from symdiff.algebra.rules.match import filled
from symdiff.algebra.rules.places import rule
from symdiff.algebra.rules.ranges import range_of
from symdiff.algebra.rules.table import NAMES, REFUSED, RULES, explained, rewritings
from symdiff.algebra.rules.terms import term_of, terms_of, written_sum
from symdiff.algebra.simplify import WELL_KNOWN
from symdiff.core import ops
from symdiff.core.expr import App, lift
from symdiff.core.fold import fold, free_symbols, postorder, subs
from symdiff.errors import OperandError
from symdiff.points.ball import as_ball, enclosure
from symdiff.points.point import Fault

ROWS = [one for rows in RULES.values() for one in rows]
UNDER_ONE = Fraction(-9, 10)
POINTS = [0, 1, -1, 2, -3, Fraction(1, 2), Fraction(-1, 2), Fraction(3, 2), Fraction(-5, 2), Fraction(22, 7), UNDER_ONE]
FAR = [Fraction(2, 3), 10**6, -(10**6), Fraction(1, 10**9), 5]
TRUTHS = ("relation", "logic")
SLOW = (ops.besselj, ops.bessely, ops.besseli, ops.besselk)  # of huge orders, where balls need too many bits
x, y, z, w = symbols("x y z w")
NUMBERS = {"n": [2, 1, 3, -2, -1, -4], "m": [2, 1, -3], "p": [2, -3, Fraction(1, 3), Fraction(-5, 2)]}
NUMBERS["q"] = [Fraction(1, 2), 5, -1, Fraction(-7, 3), 0]
PARTS = [
    *symbols("x y z s t"), ops.exp(x), 1 + x**2, -1 - x**2, ops.sigmoid(x), ops.floor(x), ops.sin(x), -ops.exp(x),
    x > 0, y < 1, ops.absolute(y), lift(0), lift(1), lift(4), lift(-1) / 7, ops.pi() / 3, -ops.absolute(y), x + 5,
    2 * x,
]  # fmt: skip


def rows_of(rows):
    return pytest.mark.parametrize("one", rows, ids=[f"{one.name}: {one.left}" for one in rows])


# ------------------------------------------------------------------------------------------- instances and their values


def fillings(one):
    """Some ways to fill the blanks of a rule so that its condition is known to hold, distinct symbols first."""
    if one.falls is not None:
        others = {blank: blank for blank in free_symbols(one.left)}
        yield others | {blank: lift(part) for blank, part in one.falls.items()}
    dice, plain, pools = random.Random(str(one.left)), list(PARTS), []
    for blank in free_symbols(one.left):
        numbers = [ops.rational(normal) for normal in NUMBERS.get(blank.name, ())]
        pools.append(numbers or [plain.pop(0), *dice.sample(PARTS, len(PARTS))])
    every = islice(product(*pools), 30_000)
    fit = (
        bound
        for bound in (dict(zip(free_symbols(one.left), parts, strict=True)) for parts in every)
        if allows(one, bound)
    )
    found = [*islice(fit, 200)]
    yield from found[:2] + dice.sample(found[2:], min(4, len(found[2:])))


def allows(one, bound):
    return one.where is None or holds(filled(one.where, bound))


def points(*es, numbers=(*POINTS, *FAR), count=60):
    """Exact points for the symbols of the expressions: all combinations, or some where there are too many."""
    names = free_symbols(*es)
    numbers = POINTS if any(isinstance(node, App) and node.op in SLOW for node in postorder(*es)) else numbers
    dice = random.Random(str(es[0]))
    every = [*product(numbers, repeat=len(names))] if len(names) < 3 else []
    few = dice.sample(every, min(count, len(every))) or [dice.choices(POINTS, k=len(names)) for _ in range(count)]
    return [dict(zip(names, numbers, strict=True)) for numbers in few]


def ball(e, point, bits=200):
    """The value as a ball; None where there is none, or where these bits do not decide."""
    found = enclosure(e, point, bits)
    return None if isinstance(found, Fault) else as_ball(found) if isinstance(found, int | Fraction) else found


def keeps(before, after, point):
    """Whether the value at the point is kept: True or False; None where the left side has none."""
    left = ball(before, point)
    if left is None:
        return None
    right = ball(after, point)
    if right is None:
        left, right = ball(before, point, 3000), ball(after, point, 3000)
    return left is None or (right is not None and left.overlaps(right))


def assert_kept(before, after, chosen):
    kept = [(point, keeps(before, after, point)) for point in chosen]
    assert [point for point, answer in kept if answer is False] == [], f"{before}  ->  {after}"
    return sum([answer is True for _, answer in kept])


# ----------------------------------------------------------------------------------------------------------------- rows


@rows_of(ROWS)
def test_both_sides_of_a_rule_agree_wherever_the_left_has_a_value(one):
    met = 0
    for bound in fillings(one):
        left = subs(one.left, bound)
        met += assert_kept(left, filled(one.right, bound), points(left))
    assert met, "no points to compare at"


@rows_of(ROWS)
def test_a_rule_says_where_its_right_side_has_a_value_and_its_left_has_none(one):
    bound = next(iter(fillings(one)))
    left, right = subs(one.left, bound), filled(one.right, bound)
    gains = None if one.gains is None else subs(one.gains, bound)
    for point in points(left, numbers=POINTS):
        if ball(left, point, 500) is None and ball(right, point, 500) is not None and one.gains is not None:
            assert enclosure(gains, point) is False or isinstance(enclosure(gains, point), Fault)


@rows_of(ROWS)
def test_a_rule_makes_its_left_side_smaller_or_says_why_not(one):
    filling = {blank: lift(part) for blank, part in (one.falls or {}).items()}
    before, after = (
        total(subs(one.left, filling)),
        total(filled(one.right, {blank: blank for blank in free_symbols(one.left)} | filling)),
    )
    assert after < before or (one.even and after == before)


@rows_of(ROWS)
def test_a_rule_is_found_where_it_applies(one):
    met = 0
    for bound in fillings(one):
        node = filled(one.left, bound)
        if isinstance(node, App):
            met += one.name in [name for name, _ in rewritings(node, total)]
    assert met


@rows_of([one for one in ROWS if one.left.op in (ops.add, ops.sub, ops.mul, ops.div)])
def test_a_rule_of_a_sum_or_a_product_is_found_inside_a_longer_one(one):
    bound = next(iter(fillings(one)))
    factor = term_of(3 * w)
    terms = [factor.times(term) for term in terms_of(filled(one.left, bound))]
    node = written_sum([terms[0], term_of(ops.log(w)), *terms[1:]] if len(terms) > 1 else terms)
    found = [after for name, after in rewritings(node, total) if name == one.name]
    assert found
    for after in found:
        assert total(after) < total(node)
        assert_kept(node, after, points(node, count=25))


@pytest.mark.parametrize("one", REFUSED, ids=[f"{one.name}: {one.left}" for one in REFUSED])
def test_a_refused_rule_is_refuted_by_its_point(one):
    assert keeps(one.left, one.right, one.at) is False


@pytest.mark.parametrize("one", REFUSED, ids=[f"{one.name}: {one.left}" for one in REFUSED])
def test_no_rule_does_what_is_refused(one):
    found = [whole for _, whole in rewritings(one.left, lambda e: 1 if e is one.left else 0)]
    assert [whole for whole in found if keeps(one.left, whole, one.at) is False] == []


def test_a_rule_that_uses_what_it_does_not_bind_fails_when_it_is_built():
    with pytest.raises(OperandError, match="does not bind"):
        rule("exp undoes log", ops.exp(ops.log(x)), x + y)


# ---------------------------------------------------------------------------------------------- many rules, one formula


@st.composite
def left_sides(draw, parts):
    """The left side of a rule, its blanks filled with parts that may be left sides themselves."""
    one = draw(st.sampled_from(ROWS))
    return subs(
        one.left,
        {
            x: lift(draw(st.sampled_from(NUMBERS[x.name]))) if x.name in NUMBERS else draw(parts)
            for x in free_symbols(one.left)
        },
    )


FORMULAS = st.recursive(st.sampled_from([*PARTS, ops.log(y), 1 / x, ops.sqrt(x), x - y]), left_sides, max_leaves=6)


def rewritten(e):
    """Every node rewritten by the first rule that applies, until none does."""

    def settled(node, parts):
        whole = App(node.op, tuple(parts))
        while isinstance(whole, App) and (found := next(iter(rewritings(whole, total)), None)):
            assert total(found[1]) <= total(whole)
            whole = found[1]
        return whole

    return fold(e, num=lambda node: node, sym=lambda node: node, app=settled)


@given(FORMULAS)
@settings(max_examples=300, deadline=None)
def test_formulas_rewritten_until_no_rule_applies_keep_their_values(e):
    after = rewritten(e)
    assert total(after) <= total(e)
    assert_kept(e, after, points(e, numbers=POINTS, count=10))


@given(FORMULAS)
@settings(max_examples=50, deadline=None)
def test_renaming_the_symbols_renames_what_the_rules_make(e):
    renamed = dict(zip((x, y), (w, z), strict=True))
    others = subs(e, {z: w, **renamed})
    if len(free_symbols(e)) == len(free_symbols(others)):
        assert subs(rewritten(e), {z: w, **renamed}) is rewritten(others)


def test_the_rules_end_at_a_formula_that_no_rule_makes_smaller():
    e = parse("abs(abs(max(x, x)) + floor(floor(y)) - floor(y))")
    assert rewritten(rewritten(e)) is rewritten(e) is parse("abs(x)")


# -------------------------------------------------------------------------------------------------------------- bounds


@given(
    expressions(
        rows=[row for row in BUILT_IN if row.ball or row.form in (*TRUTHS, "cases")], symbols="x y", max_leaves=6
    )
)
@settings(max_examples=300, deadline=None)
def test_bounds_hold_at_every_point(e):
    low, high, above, below = range_of(e)
    for point in points(e, numbers=POINTS, count=8):
        value = enclosure(e, point, 200)
        if isinstance(value, int | Fraction):
            assert low <= value <= high
            assert not (above and value == low)
            assert not (below and value == high)
            assert not is_whole(e) or value.denominator == 1
        elif not isinstance(value, Fault):
            assert low <= float(value.upper())
            assert float(value.lower()) <= high


def facts(text):
    return [fact.strip() for fact in text.replace("\n", ";").split(";") if fact.strip()]


KNOWN = """
    exp(x) > 0; x^2 + 1 > 0; sqrt(x) + abs(y) >= 0; cosh(x) >= 1; 1 - sin(x)^2 >= 0; sigmoid(x) < 1
    log(1 + x^2) >= 0; 1/(1 + x^2) <= 1; -x^2 <= 0; x^2*exp(-y) >= 0; pi > 3; e < 3
    x + 1 > x; max(x, 1) > 0; where(x > 0, 1, 2) >= 1; gamma(exp(x)) > 0; lambertw(x) >= -1; x^(1/2) >= 0
    x^-2 > 0; abs(sin(x)) <= pi/2; x^2 >= 0 and exp(x) != 0
"""


@pytest.mark.parametrize("text", facts(KNOWN))
def test_facts_that_can_be_read_off_are_known(text):
    assert holds(parse(text))


UNKNOWN = """
    x > 0; x^2 > 0; x^3 >= 0; abs(x) > 0; sin(x) > -1; x >= y
    x*y >= 0; exp(x) >= 1; log(x) >= 0; x^y >= 0; floor(x) > x; 1/x > 0
    x^2 - x >= 0; relu(x) > 0; erfc(x) > 1
"""


@pytest.mark.parametrize("text", facts(UNKNOWN))
def test_what_fails_somewhere_is_not_taken_for_a_fact(text):
    assert not holds(parse(text))


# ------------------------------------------------------------------------------------------------------------- examples


# fmt: off
EXAMPLES = [
    ("y - y*erf(x) + z",                         "z + y*erfc(x)"),
    ("2*sigmoid(x - y) + 3 + 2*sigmoid(y - x)",  "5"),
    ("x*gamma(x + 3)/gamma(2 + x)",              "x*(x + 2)"),
    ("max(max(x, z), min(y, x))",                "max(x, z)"),
    ("lambertw(2*sin(x)^2*exp(2*sin(x)^2))",     "2*sin(x)^2"),
    ("atan(tan(7*pi/13))",                       "-6*pi/13"),
    ("asin(sin(7*pi/13))",                       "6*pi/13"),
    ("floor(x + 5/2) - floor(x - 1/2)",          "3"),
    ("floor(x - floor(x))",                      "0"),
    ("where(x > 0, x, -x)",                      "abs(x)"),
    ("where(x^2 >= 0, x, y)",                    "x"),
    ("x + 1 > y + 1",                            "x > y"),
    ("not (x <= y)",                             "x > y"),
    ("x > 1 and (y < 2 and x > 3)",              "x > 3 and y < 2"),
    ("erf(x) + erfc(x) - 1",                     "0"),
    ("x/abs(x)",                                 "sign(x)"),
    ("abs(1 + x^2)",                             "1 + x^2"),
]
# fmt: on


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_what_the_rules_make_of_a_formula(text, expected):
    found = [whole for _, whole in rewritings(parse(text), total)]
    assert parse(expected) in found


def test_what_a_rule_gains_is_told():
    [found] = explained(parse("y*gamma(x + 1)/gamma(x)"), total)
    assert (found.whole, found.conditions) == (parse("y*x"), (parse("x > 0 or x != floor(x)"),))


def test_without_names_no_function_is_named_that_the_formula_does_not_use():
    named = parse("log(1 + exp(x))")
    assert [whole for _, whole in rewritings(named, total)] == [parse("softplus(x)")]
    assert list(rewritings(named, total, names=False)) == []


def test_a_node_that_no_rule_concerns_is_left_at_once():
    e = parse("x^2 + 3*x*sin(y) + 1")
    started = perf_counter()
    for _ in range(1000):
        assert not list(rewritings(e, total))
    assert perf_counter() - started < 0.1


@pytest.mark.parametrize("row", [one for title, rows in RULES.items() if title != NAMES for one in rows], ids=str)
def test_every_rule_holds_an_operation_that_makes_the_simplifier_look_for_rules(row):
    assert {node.op for node in postorder(row.left) if isinstance(node, App)} - WELL_KNOWN
