"""How the patterns of stable forms match, and how their right sides are written.

A pattern is an expression whose symbols are blanks for anything. It matches as it is written, with the arguments of
commutative operations in either order, a^2 also as a*a, sqrt(a) also as a^(1/2), and 1 + a also as 1 - (-a). A sum of
two matches by its signs: `exp(a) - 1` is found in 1 - exp(x) too, and gives the opposite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any, TypeAlias

from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.fold import fold
from symdiff.core.ops import MINUS_ONE, ONE, TWO, rational, rational_value

Bindings: TypeAlias = dict[Sym, Expr]
Kind: TypeAlias = Any  # the row of an operation, or Num or Sym

HALF = Fraction(1, 2)


# ------------------------------------------------------------------------------------------------------------ matching


def unified(pairs: Iterable[tuple[Expr, Expr]]) -> Bindings | None:
    """What the blanks are, so that each pattern becomes the expression beside it; None where they cannot.

    >>> from symdiff import parse
    >>> unified([(parse("log(1 + a)"), parse("log(1 - x*y)"))])
    {a: -(x*y)}
    """
    bound: Bindings = {}
    waiting = list(pairs)
    while waiting:
        pattern, e = waiting.pop()
        if isinstance(pattern, Sym):
            if bound.setdefault(pattern, e) is not e:
                return None
        elif isinstance(pattern, Num):
            if pattern is not e and (pattern.value.__class__ is int or rational_value(e) != pattern.value):
                return None
        elif not isinstance(e, App):
            return None
        elif pattern.op is e.op:
            waiting += zip(pattern.args, e.args, strict=True)
        elif pattern.op is ops.add and e.op is ops.sub and pattern.args[1].__class__ is Sym:
            waiting += (pattern.args[0], e.args[0]), (pattern.args[1], opposite(e.args[1]))
        else:
            return None
    return bound


def spellings(pattern: Expr) -> list[Expr]:
    """The pattern in every way in which it may be written.

    >>> from symdiff import parse
    >>> spellings(parse("1 - a^2"))
    [1 - a^2, 1 - a*a]
    """
    return fold(pattern, num=lambda n: [n], sym=lambda s: [s], app=spelled)


def spelled(node: App, parts: list[list[Expr]]) -> list[Expr]:
    """An operation on parts that may each be written in several ways."""
    found: list[Expr] = []
    for args in product(*parts):
        found.append(App(node.op, args))
        if node.op.commutative:
            found.append(App(node.op, args[::-1]))
        if node.op is ops.pow and args[1] is TWO:
            found.append(App(ops.mul, (args[0], args[0])))
        if node.op is ops.sqrt:
            found.append(App(ops.pow, (args[0], Num(HALF))))
    return list(dict.fromkeys(found))


def kind(e: Expr) -> Kind:
    """What the index of the rules knows of an expression."""
    return e.op if e.__class__ is App and e.args else e.__class__


def may_match(pattern: Expr, found: Kind) -> bool:
    """Whether the pattern may match an expression of this kind."""
    if isinstance(pattern, Sym):
        return True
    if isinstance(pattern, Num):
        return found is Num or (found is ops.div and pattern.value.__class__ is not int)
    return kind(pattern) is found or (pattern.op is ops.add and found is ops.sub)


# -------------------------------------------------------------------------------------------------------------- signs


def signed(e: Expr) -> tuple[int, Expr]:
    """The sign in front, and what follows it."""
    if e.__class__ is App and e.op is ops.neg:
        return -1, e.args[0]
    if e.__class__ is Num and e.value < 0:
        return -1, Num(-e.value)
    return 1, e


def two_terms(node: App) -> tuple[int, Expr, int, Expr]:
    """The two parts of a sum or a difference, with their signs."""
    (s, u), (t, v) = signed(node.args[0]), signed(node.args[1])
    return s, u, (-t if node.op is ops.sub else t), v


# ------------------------------------------------------------------------------------------------------------- writing


def filled(pattern: Expr, bound: Mapping[Sym, Expr]) -> Expr:
    """The pattern with its blanks filled, signs and factors of 2 put in order: nothing here rounds a float.

    >>> from symdiff import parse, symbols
    >>> a, b = symbols("a b")
    >>> filled(parse("2*sinh(a/2) + -b"), {a: parse("2*x"), b: parse("y - z")})
    2*sinh(x) + (z - y)
    """
    return fold(pattern, num=lambda n: n, sym=bound.__getitem__, app=lambda node, parts: written(node.op, parts))


def written(op: Op, parts: list[Expr]) -> Expr:
    """One operation of a right side."""
    if op in TIDIED and (found := TIDIED[op](*parts)) is not None:
        return found
    return App(op, tuple(parts))


def tidy_product(u: Expr, v: Expr) -> Expr | None:
    return v if u is ONE else u if v is ONE else scaled(v, 2) if u is TWO else None


def tidy_quotient(u: Expr, v: Expr) -> Expr | None:
    return u if v is ONE else scaled(u, HALF) if v is TWO else None


def tidy_sum(op: Op) -> Callable[[Expr, Expr], Expr | None]:
    other = ops.sub if op is ops.add else ops.add

    def tidied(u: Expr, v: Expr) -> Expr | None:
        """u + -v is u - v; x + 1 - 1 is x, which costs no digits."""
        if v.__class__ is App and v.op is ops.neg:
            return App(other, (u, v.args[0]))
        if v.__class__ is Num and u.__class__ is App and u.op in (ops.add, ops.sub) and u.args[1].__class__ is Num:
            number = v.value + (u.args[1].value if u.op is op else -u.args[1].value)
            return App(op, (u.args[0], Num(number))) if number else u.args[0]
        return None

    return tidied


def opposite(e: Expr) -> Expr:
    """-e, with the sign where it costs nothing: at the first factor, if that is a number, a difference or has a sign.

    >>> from symdiff import parse
    >>> opposite(parse("(x - y)/2")), opposite(parse("-x*y/z")), opposite(parse("x*y"))
    ((y - x)/2, x*y/z, -(x*y))
    """
    spine: list[App] = []
    first = e
    while first.__class__ is App and (first.op is ops.mul or first.op is ops.div):
        spine.append(first)
        first = first.args[0]
    if first.__class__ is Num and first is not ONE:
        first = Num(-first.value)
    elif first.__class__ is App and first.op is ops.neg:
        first = first.args[0]
    elif first.__class__ is App and first.op is ops.sub:
        first = App(ops.sub, first.args[::-1])
    else:
        return App(ops.neg, (e,)) if spine or first is not ONE else MINUS_ONE
    for node in reversed(spine):
        first = node.args[1] if first is ONE and node.op is ops.mul else App(node.op, (first, node.args[1]))
    return first


def scaled(e: Expr, k: Exact) -> Expr | None:
    """k*e for a power k of 2, where a factor or a divisor of e takes it up; else None."""
    if e.__class__ is Num:
        return rational(e.value * k)
    if not isinstance(e, App):
        return None
    if e.op is not ops.neg:
        return scaled_product(e, k)
    inner = scaled_product(e.args[0], k)
    return None if inner is None else opposite(inner)


def scaled_product(e: Expr, k: Exact) -> Expr | None:
    """The same of a product with a number in front, or of a quotient by a number."""
    if not isinstance(e, App):
        return None
    if e.op is ops.mul and e.args[0].__class__ is Num:
        factor = Num(e.args[0].value * k)
        return written(ops.mul, [factor, e.args[1]]) if factor.value != -1 else opposite(e.args[1])
    if e.op is ops.div and e.args[1].__class__ is Num and e.args[1].value:
        divisor = Num(Fraction(e.args[1].value) / k)
        return e.args[0] if divisor is ONE else App(ops.div, (e.args[0], divisor))
    return None


TIDIED: dict[Op, Callable[..., Expr | None]] = {
    ops.neg: opposite,
    ops.absolute: lambda u: Num(abs(u.value)) if u.__class__ is Num else None,
    ops.pow: lambda u, n: Num(u.value**2) if u.__class__ is Num and n is TWO else None,
    ops.mul: tidy_product,
    ops.div: tidy_quotient,
    ops.add: tidy_sum(ops.add),
    ops.sub: tidy_sum(ops.sub),
}
