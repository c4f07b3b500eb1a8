"""Vector code of arithmetic, corners, comparisons and choice: what takes one or two instructions.

Truth is 1.0 or 0.0, and nan where it is not known. What a mask was made for, it is used for again: a condition that
goes into `where` is not turned into numbers first.
"""

from __future__ import annotations

from collections.abc import Callable
from math import nan

from symdiff.numeric.llvm.instructions import Doubt
from symdiff.numeric.llvm.vectors import Vectors


def quotient(b: Vectors, u: str, v: str) -> str:
    """u/v, and nothing over 0."""
    divisor = b.value_of(v)
    if divisor:
        return b.div(u, v)
    return defined(b, b.div(u, v), b.compare("une", v, b.constant(0.0)))


def reciprocal(b: Vectors, v: str) -> str:
    """1/v, for products with it: flagged where v is 0 or 1/v beyond the normal doubles, but 1/inf is 0."""
    found = b.div(b.constant(1.0), v)
    b.doubts.append(Doubt(found, carried=(v,), zero=False))
    return found


def sign(b: Vectors, u: str) -> str:
    """-1, 0 or 1."""
    one = b.copysign(b.constant(1.0), u)
    return b.select(b.compare("one", u, b.constant(0.0)), one, u)


def smaller(b: Vectors, u: str, v: str) -> str:
    """The smaller; nan if either is nan."""
    return b.select(b.is_nan(u), u, b.minimum(u, v))


def larger(b: Vectors, u: str, v: str) -> str:
    """The larger; nan if either is nan."""
    return b.select(b.is_nan(u), u, b.maximum(u, v))


def relu(b: Vectors, u: str) -> str:
    """max(u, 0)."""
    return b.maximum(b.constant(0.0), u)


def defined(b: Vectors, value: str, where: str) -> str:
    """The value where it is defined, nan elsewhere."""
    return b.select(where, value, b.constant(nan))


# --------------------------------------------------------------------------------------------------- conditions, choice


def truth(b: Vectors, holds: str, fails: str) -> str:
    """1.0 where a condition certainly holds, 0.0 where it certainly fails, nan elsewhere."""
    value = b.select(holds, b.constant(1.0), b.select(fails, b.constant(0.0), b.constant(nan)))
    b.remember(("holds", value), lambda: holds)
    b.remember(("fails", value), lambda: fails)
    return value


def holds(b: Vectors, u: str) -> str:
    """A mask: where u is known to be true."""
    return str(b.remember(("holds", u), lambda: b.compare("one", u, b.constant(0.0))))


def fails(b: Vectors, u: str) -> str:
    """A mask: where u is known to be false."""
    return str(b.remember(("fails", u), lambda: b.compare("oeq", u, b.constant(0.0))))


def related(true: str, false: str) -> Callable[..., str]:
    """A comparison by LLVM's predicates for true and false; nan compares with nothing."""
    return lambda b, u, v: truth(b, b.compare(true, u, v), b.compare(false, u, v))


def all_hold(b: Vectors, u: str, v: str) -> str:
    """`and`: a false argument decides, whatever the other is."""
    return truth(b, b.both(holds(b, u), holds(b, v)), b.either(fails(b, u), fails(b, v)))


def one_holds(b: Vectors, u: str, v: str) -> str:
    """`or`: a true argument decides, whatever the other is."""
    return truth(b, b.either(holds(b, u), holds(b, v)), b.both(fails(b, u), fails(b, v)))


def opposite(b: Vectors, u: str) -> str:
    """`not`."""
    return truth(b, fails(b, u), holds(b, u))


def choice(b: Vectors, condition: str, u: str, v: str) -> str:
    """`where`: the branch not taken may be nan; an undefined condition makes the choice undefined."""
    return b.select(holds(b, condition), u, b.select(fails(b, condition), v, b.constant(nan)))


# fmt: off
FUNCTIONS: dict[str, Callable[..., str]] = {
    "+":          Vectors.add,
    "-":          Vectors.sub,
    "*":          Vectors.mul,
    "/":          quotient,
    "neg":        Vectors.neg,
    "square":     lambda b, u: b.mul(u, u),
    "reciprocal": reciprocal,
    "abs":        Vectors.absolute,
    "sign":       sign,
    "floor":      Vectors.floor,
    "ceil":       Vectors.ceil,
    "min":        smaller,
    "max":        larger,
    "relu":       relu,
    "<":          related("olt", "oge"),
    "<=":         related("ole", "ogt"),
    ">":          related("ogt", "ole"),
    ">=":         related("oge", "olt"),
    "==":         related("oeq", "one"),
    "!=":         related("one", "oeq"),
    "and":        all_hold,
    "or":         one_holds,
    "not":        opposite,
    "where":      choice,
}
# fmt: on
