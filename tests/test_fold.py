"""The one loop, and what is a few lines on top of it."""

from fractions import Fraction

import pytest

from symdiff import Num, Sym, cos, expression, fold, free_symbols, parse, postorder, sin, size, subs, symbols
from symdiff.core.order import in_order, ordering

x, y = symbols("x y")


def test_postorder_meets_each_part_once_and_before_its_whole():
    e = (x + y) * sin(x + y)
    order = postorder(e)
    assert len(order) == len(set(order)) == 5
    for node in order:
        assert all(order.index(part) < order.index(node) for part in node.args)


def test_shared_parts_are_folded_once():
    e = x
    for _ in range(200):
        e = e + e
    calls = []
    assert fold(e, num=int, sym=lambda _: 1, app=lambda node, parts: calls.append(node) or sum(parts)) == 2**200
    assert len(calls) == 200
    assert size(e) == 2**201 - 1


def test_a_chain_of_a_hundred_thousand_folds():
    e = x
    for i in range(50_000):
        e = e * x + i
    assert size(e) == 200_001
    assert subs(e, {x: 0}) is not e


def test_free_symbols_come_in_reading_order():
    assert free_symbols(parse("b*x + a*x^2")) == symbols("b x a")
    assert free_symbols(parse("2 + 3")) == ()


def test_substitution_is_simultaneous_and_takes_text_and_numbers():
    assert subs("x + y", {"x": "y", "y": "x"}) is y + x
    assert subs(sin(x) + cos(x), {sin(x): 3}) is 3 + cos(x)
    assert subs("x", {"x": 0.5}) is Num(Fraction(1, 2))
    assert subs("x/y", {"z": 1}) is x / y


def test_the_order_depends_on_structure_alone():
    es = [expression(t) for t in ("sin(y)", "x*y", "3", "x", "1/2", "sin(x)", "y", "sin(sin(x))")]
    assert in_order(es) == in_order(reversed(es))
    assert in_order(es)[0] is Num(3)
    assert in_order(es)[1:3] == [x, y]


@pytest.mark.parametrize("make", [lambda e, i: sin(e), lambda e, i: e * x + i], ids=["sines", "horner"])
def test_the_key_of_a_deep_chain_takes_linear_time(make):
    key = ordering()
    e = Sym("x")
    for i in range(20_000):
        e = make(e, i)
        key(e)
    assert key(e)[0] >= 20_000
