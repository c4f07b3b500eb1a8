"""Depth is ordinary: chains of 100,000 go through every floor without recursion."""

import pickle

import pytest

from symdiff import (
    d,
    from_json,
    gradient,
    latex,
    mathml,
    parse,
    pretty,
    sexpr,
    show,
    simplify,
    sin,
    size,
    symbols,
    to_json,
    val,
)
from symdiff.core.expr import forget_the_dead

x = symbols("x")
DEPTH = 100_000


def sines():
    e = x
    for _ in range(DEPTH):
        e = sin(e)
    return e


def horner():
    e = x
    for i in range(DEPTH // 2):
        e = e * x + (i % 7 + 1)
    return e


def sums():
    e = x
    for i in range(DEPTH):
        e = e + i
    return e


def nested_to_the_right():
    e = x
    for _ in range(DEPTH):
        e = 1 - e
    return e


CHAINS = [sines, horner, sums, nested_to_the_right]


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_is_printed_and_read_back(chain):
    e = chain()
    assert parse(show(e)) is e


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_is_differentiated_evaluated_saved_and_forgotten(chain):
    e = chain()
    assert size(d(e, x)) > 0
    assert len(gradient(e, [x])) == 1
    assert isinstance(val(e, x=0.5 if chain is not horner else 0), (int, float))
    assert pickle.loads(pickle.dumps(e)) is e
    assert from_json(to_json(e)) is e
    assert e is chain()
    simplify(e)
    del e
    forget_the_dead()


@pytest.mark.parametrize("form", [latex, mathml, pretty, sexpr])
def test_a_chain_is_printed_in_every_form(form):
    assert len(form(sines())) > DEPTH


def test_brackets_and_long_sums_are_read():
    assert parse("(" * DEPTH + "x" + ")" * DEPTH) is x
    assert size(parse(" + ".join(f"x{i}*y^2" for i in range(20_000)))) == 20_000 * 5 + 19_999
    assert parse("-" * 1000 + "x").op.name == "neg"
