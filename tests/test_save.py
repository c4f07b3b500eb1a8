"""Formulas as JSON: what is written comes back as the identical object, and nothing else comes in."""

import json
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ABSTRACT, BUILT_IN, expressions

from symdiff.core.declare import abstract, function, operation
from symdiff.core.expr import App, Num, Sym, symbols
from symdiff.core.ops import TABLE, sin
from symdiff.errors import DataError, LimitError
from symdiff.text.save import from_json, to_json

x, y, z = symbols("x y z")

DEPTH = 100_000


@settings(max_examples=300, deadline=None)
@given(expressions(symbols=["x", "y", "speed", "é"], wild=True))
def test_any_formula_comes_back_as_the_identical_object(formula):
    assert from_json(to_json(formula)) is formula


@pytest.mark.parametrize("row", [*BUILT_IN, *ABSTRACT], ids=lambda row: row.name)
def test_every_operation_comes_back(row):
    formula = App(row, (x, y, z)[: row.arity])
    assert from_json(to_json(formula)) is formula


def test_the_format_is_the_documented_one():
    assert json.loads(to_json(sin(x) * Num(Fraction(1, 3)))) == {
        "symdiff": 1,
        "ops": ["sin", "*"],
        "leaves": ["x", "1/3"],
        "tape": [-1, 0, 0, -1, 1, 1, 2],
    }
    assert to_json("x^2") == '{"symdiff":1,"ops":["^"],"leaves":["x","2"],"tape":[-1,-1,0,0,1]}'


def test_a_leaf_alone_comes_back():
    for leaf in (x, Num(-3), Num(Fraction(-1, 3)), Num(10**5000), Num(Fraction(1, 7**2000))):
        assert from_json(to_json(leaf)) is leaf


def test_shared_parts_are_written_once():
    doubled = x
    for _ in range(1000):
        doubled = doubled + doubled
    text = to_json(doubled)
    assert len(text) < 20_000
    assert from_json(text) is doubled


def test_a_chain_of_a_hundred_thousand_comes_back():
    for step in (sin, lambda u: u * x + 1, lambda u: y - u):
        chain = x
        for _ in range(DEPTH):
            chain = step(chain)
        assert from_json(to_json(chain)) is chain


def test_a_row_of_ones_own_comes_back_where_it_is_declared():
    row = operation("cube", value=lambda u: u**3, partials=[lambda u: 3 * u**2])
    text = to_json(row(x))
    try:
        assert from_json(text) is row(x)
    finally:
        del TABLE["cube"]
    with pytest.raises(DataError, match="unknown operation 'cube'"):
        from_json(text)


def test_a_number_beyond_the_limit_is_refused_when_written():
    with pytest.raises(LimitError, match="digits"):
        to_json(Num(7**200_000))


# ------------------------------------------------------------------------------------------------------ what is refused

GOOD = {"symdiff": 1, "ops": ["+", "sin"], "leaves": ["x", "2"], "tape": [-1, -1, 0, 0, 1, 1, 2]}

# fmt: off
BAD = {
    "no text":                     (b"{}",                            "bytes is not text"),
    "nothing":                     ("",                               "not JSON"),
    "half of it":                  (json.dumps(GOOD)[:40],            "not JSON"),
    "a list":                      ("[]",                             "key 'symdiff'"),
    "another object":              ('{"a": 1}',                       "key 'symdiff'"),
    "too deep":                    ("[" * 100_000,                    "not JSON"),
    "too deep in a tape":          ('{"tape":' + "[" * 100_000,       "not JSON"),
    "a long number":               ('{"tape":[' + "1" * 10_000 + "]", "not JSON"),
    "a later version":             (GOOD | {"symdiff": 2},            "version is 2"),
    "a version that is nearly 1":  (GOOD | {"symdiff": True},         "version is True"),
    "a version in text":           (GOOD | {"symdiff": "1"},          "version is a str"),
    "another key":                 (GOOD | {"code": "1"},             "keys"),
    "operations that are no list": (GOOD | {"ops": "+"},              "'ops' is not a list of strings"),
    "operations that are no text": (GOOD | {"ops": [1]},              "'ops' is not a list of strings"),
    "leaves that are no text":     (GOOD | {"leaves": ["x", 2]},      "'leaves' is not a list of strings"),
    "a tape that is no list":      (GOOD | {"tape": {}},              "list of integers"),
    "a tape of floats":            (GOOD | {"tape": [-1.0]},          "list of integers"),
    "a tape of truth":             (GOOD | {"tape": [True]},          "list of integers"),
    "an infinite tape":            ('{"symdiff":1,"ops":[],"leaves":[],"tape":[Infinity]}', "list of integers"),
    "an unknown operation":        (GOOD | {"ops": ["+", "sni"]},     "did you mean 'sin'"),
    "code for an operation":       (GOOD | {"ops": ["+", "os.system"]},  "unknown operation"),
    "a name for an operation":     (GOOD | {"ops": ["+", "f"]},       "unknown operation"),
    "an alias for an operation":   (GOOD | {"ops": ["+", "ln"]},      "unknown operation"),
    "a function of a million":     (GOOD | {"ops": ["+", "f/1000000"]},  "unknown operation"),
    "a slot that is not there":    (GOOD | {"ops": ["+", "f'3/2"]},   "unknown operation"),
    "a slot 0":                    (GOOD | {"ops": ["+", "f'0/2"]},   "unknown operation"),
    "slots in disorder":           (GOOD | {"ops": ["+", "f'2'1/2"]}, "unknown operation"),
    "a slot that is no number":    (GOOD | {"ops": ["+", "f'x/2"]},   "unknown operation"),
    "a prime of two arguments":    (GOOD | {"ops": ["+", "f'/2"]},    "unknown operation"),
    "an arity of another script":  (GOOD | {"ops": ["+", "f/²"]},     "unknown operation"),
    "an arity with a zero":        (GOOD | {"ops": ["+", "f/01"]},    "unknown operation"),
    "a leaf that is nothing":      (GOOD | {"leaves": ["x", "2 + 2"]},  "neither a name nor a number"),
    "a leaf that is a decimal":    (GOOD | {"leaves": ["x", "0.5"]},  "neither a name nor a number"),
    "a leaf of another script":    (GOOD | {"leaves": ["x", "٣"]},    "neither a name nor a number"),
    "a lone surrogate":            (GOOD | {"leaves": ["x", "\ud800"]},  "neither a name nor a number"),
    "a division by zero":          (GOOD | {"leaves": ["x", "1/0"]},  "divides by zero"),
    "a leaf too long":             (GOOD | {"leaves": ["x", "1" * 100_001]},  "100,000 digits"),
    "a leaf too many":             (GOOD | {"leaves": ["x", "y", "z"]},  "ends before its leaves"),
    "a leaf too few":              (GOOD | {"leaves": ["x"]},         "more leaves than are given"),
    "nothing on the tape":         (GOOD | {"leaves": [], "tape": []},  "tape is empty"),
    "an operation not given":      (GOOD | {"tape": [-1, -1, 2, 0]},  "operation 2 of 2"),
    "an operation before all":     (GOOD | {"tape": [-1, -1, -2, 0]},  "operation -2 of 2"),
    "a part not yet written":      (GOOD | {"tape": [-1, -1, 0, 0, 2]},  "part 2 where only 2"),
    "a part from the end":         (GOOD | {"tape": [-1, -1, 0, 0, -1]},  "part -1"),
    "an end within a node":        (GOOD | {"tape": [-1, -1, 0, 0]},  "ends within an operation"),
}
# fmt: on


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_formula_is_refused_in_words(case):
    given_, words = BAD[case]
    with pytest.raises(DataError, match=words):
        from_json(json.dumps(given_) if isinstance(given_, dict) else given_)


def test_the_derivative_of_an_abstract_function_is_read():
    for formula in (function("f")(x), abstract("f", (1, 1, 2), 3)(x, y, z)):
        assert from_json(to_json(formula)) is formula


def accepted_or_refused(text):
    """The reader must answer or raise its one error."""
    try:
        formula = from_json(text)
    except DataError:
        return
    assert from_json(to_json(formula)) is formula


leaf_texts = st.one_of(st.sampled_from(["x", "2", "-1/3", "", "1/0", "-", "²", "__class__"]), st.text(max_size=5))
names = st.one_of(
    st.sampled_from([*TABLE, "f/1", "f'/1", "g'1'2/2", "f/", "/", "'/1"]), st.text("f'0123/²", max_size=8)
)
steps = st.one_of(st.integers(-2, 6), st.sampled_from([10**30, True, 1.0, None, "0", [], float("nan")]))
mutated = st.fixed_dictionaries(
    {
        "symdiff": st.one_of(st.just(1), st.just(1), st.sampled_from([2, 1.0, "1", None, True])),
        "ops": st.one_of(st.lists(names, max_size=4), st.just("sin"), st.none()),
        "leaves": st.one_of(st.lists(leaf_texts, max_size=4), st.just(["x", "y"]), st.none()),
        "tape": st.one_of(st.lists(st.integers(-1, 4), max_size=12), st.lists(steps, max_size=12), st.none()),
    }
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=4)),
    max_leaves=10,
)


@settings(max_examples=500, deadline=None)
@given(mutated)
def test_a_record_made_up_at_random_is_a_formula_or_one_clean_error(record):
    accepted_or_refused(json.dumps(record))


@settings(max_examples=300, deadline=None)
@given(expressions(max_leaves=5), st.data())
def test_a_text_changed_at_random_is_a_formula_or_one_clean_error(formula, data):
    text = to_json(formula)
    place = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 3))
    accepted_or_refused(text[:place] + data.draw(st.text(max_size=3)) + text[place + length :])


@settings(max_examples=300, deadline=None)
@given(st.one_of(anything.map(json.dumps), st.text(max_size=30), anything))
def test_anything_at_all_is_a_formula_or_one_clean_error(thing):
    accepted_or_refused(thing)


def test_a_large_text_of_nonsense_is_refused_soon():
    start = time.perf_counter()
    for text in ('{"symdiff":1,"ops":' + '["sin",' * 200_000, '"' * 2_000_000, "9" * 2_000_000, " " * 2_000_000):
        with pytest.raises(DataError):
            from_json(text)
    assert time.perf_counter() - start < 3


@pytest.mark.parametrize("key", GOOD)
def test_depth_that_json_itself_still_reads_is_refused_cleanly(key):
    for depth in range(500, 1000, 7):
        nest = "[" * depth + "]" * depth
        with pytest.raises(DataError):
            from_json(json.dumps(GOOD | {key: "nest"}).replace('"nest"', nest))


def test_a_symbol_is_never_mistaken_for_a_number():
    e1 = Sym("e1")
    assert from_json(to_json(e1 + 10)) is e1 + 10
