"""Which rule applies to a node: found by its operation and the kinds of its arguments, then by matching."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Any, NamedTuple

from symdiff.algebra.rules.facts import holds
from symdiff.algebra.rules.terms import Term, collected, terms_of, written_sum
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.ops import TABLE, ZERO
from symdiff.numeric.stable.match import (
    Bindings,
    Kind,
    filled,
    kind,
    may_match,
    opposite,
    signed,
    spellings,
    two_terms,
    unified,
)
from symdiff.numeric.stable.table import RULES, K, Left, Rule

Link = tuple[int, int | None, int, int | None]


class Attempt(NamedTuple):
    """One way to apply a rule to a node whose arguments are of known kinds."""

    rule: Rule
    sign: int  # between two terms; 0 for what is no sum
    swapped: bool  # whether the second argument of the node is the first one of the pattern
    way: tuple[Expr, ...]  # the arguments of the left side
    links: tuple[Link, ...]  # parts that have to be the same: cheap to ask, and mostly they are not
    plain: bool  # whether no argument can have a sign in front
    mirrored: (
        bool  # whether the opposite of the left side is the left side of another rule, which is the better one there
    )


SUMS = frozenset((ops.add, ops.sub))
LEFT_SIDES = frozenset([one.left for one in RULES])
ROWS = frozenset((*TABLE.values(), Num, Sym, App))
TOPS = SUMS | {one.left.op for one in RULES}
WANTED_ALONE = frozenset([kind(left.u) for one in RULES for left in one.conditions if left.must == "alone"])


class Attempts(dict[tuple[Any, ...], list[Attempt]]):
    """The attempts worth making, by an operation and the kinds of its arguments; listed when first asked for."""

    def __missing__(self, key: tuple[Any, ...]) -> list[Attempt]:
        op, *kinds = key
        if any([found.__class__ is Op and found not in ROWS for found in kinds]):
            return self[op, *[found if found in ROWS else Sym for found in kinds]]  # users' rows are not held here
        self[key] = found = [attempt for one in RULES for attempt in attempts_of(one, op, kinds[: op.arity])]
        return found


ATTEMPTS = Attempts()


def attempts(node: App) -> list[Attempt]:
    """The attempts worth making at a node that has arguments."""
    return ATTEMPTS[node.op, kind(node.args[0]), kind(node.args[-1])]


def attempts_of(one: Rule, op: Op, kinds: Sequence[Kind]) -> Iterator[Attempt]:
    """The ways to apply one rule to operations of this kind."""
    top = one.left.op
    if top not in SUMS:
        for args in ways(one.left) if op is top else ():
            if all(map(may_match, args, kinds)):
                yield Attempt(one, 0, False, args, tuple(links(args, kinds)), True, False)
        return
    plain = not {ops.neg, Num} & set(kinds)
    if op not in SUMS or (plain and op is not top):
        return
    sign = -1 if top is ops.sub else 1
    mirrored = top is ops.sub and App(ops.sub, one.left.args[::-1]) in LEFT_SIDES
    for args in ways(one.left):
        for swapped in (False, True):
            found = kinds[::-1] if swapped else kinds
            if all([k is ops.neg or may_match(p, k) for p, k in zip(args, found, strict=True)]):
                same = () if ops.neg in kinds else tuple(links(args, found))  # what follows the sign is not known yet
                yield Attempt(one, sign, swapped, args, same, plain, mirrored)


@cache
def ways(left: App) -> list[tuple[Expr, ...]]:
    """The arguments of a left side, in every way in which they may be written."""
    return list(dict.fromkeys([way.args for way in spellings(left)]))


def links(way: Sequence[Expr], kinds: Sequence[Kind]) -> Iterator[Link]:
    """The blanks that occur twice, as arguments or one level below."""
    first: dict[Expr, tuple[int, int | None]] = {}
    for i, (pattern, found) in enumerate(zip(way, kinds, strict=True)):
        same = pattern.__class__ is App and kind(pattern) is found
        for j, part in enumerate(pattern.args if same else [pattern]):
            if part.__class__ is Sym:
                place = (i, j if same else None)
                if part in first:
                    yield *first[part], *place
                first.setdefault(part, place)


def linked(wanted: Sequence[Link], args: Sequence[Expr]) -> bool:
    """Whether the parts that have to be the same are."""
    for i, j, m, n in wanted:
        if (args[i] if j is None else args[i].args[j]) is not (args[m] if n is None else args[m].args[n]):
            return False
    return True


def better(node: App, worth: Sequence[Attempt], done: Mapping[Expr, Expr], shared: Set[Expr]) -> Expr | None:
    """What the first rule that applies makes of the node, its parts as they have become; None where none does.

    `shared`: the functions that are at hand anyway, of those that rules want alone.
    """
    args, s, t = node.args, 1, 0
    if worth and worth[0].sign:
        t = -1 if node.op is ops.sub else 1
        if not worth[0].plain:
            s, u, t, v = two_terms(node)
            args = (u, v)
    for attempt in worth:
        whole = t if attempt.swapped else s
        if attempt.sign == s * t and not (attempt.mirrored and whole < 0):
            found = args[::-1] if attempt.swapped else args
            if linked(attempt.links, found) and (bound := unified(zip(attempt.way, found, strict=True))) is not None:
                new = right_side(attempt.rule, bound, done, shared)
                if new is not None and new is not node:
                    return new if whole >= 0 else opposite(new)
    return None


def right_side(one: Rule, bound: Bindings, done: Mapping[Expr, Expr], shared: Set[Expr]) -> Expr | None:
    """The right side of a rule; None where its conditions do not hold."""
    left: list[Expr] = []
    for condition in one.conditions:
        k = left_over(condition, bound, done, shared)
        if k is None:
            return None
        left.append(k)
    return filled(one.right, {K: left[0] if left else ZERO, **{x: become(e, done) for x, e in bound.items()}})


def become(e: Expr, done: Mapping[Expr, Expr]) -> Expr:
    """What a part of the left side has become: a part of the node, or the opposite of one."""
    if e in done or not isinstance(e, App) or not done:
        return done.get(e, e)
    return App(e.op, tuple([done.get(part, part) for part in e.args]))


def left_over(left: Left, bound: Bindings, done: Mapping[Expr, Expr], shared: Set[Expr]) -> Expr | None:
    """k, where the condition holds."""
    u, v = [bound[side] if isinstance(side, Sym) else filled(side, bound) for side in (left.u, left.v)]
    if left.must == "alone":
        return None if u in shared else u
    if left.must in OF_PARTS:
        return u if OF_PARTS[left.must](u, v) else None
    u_terms, v_terms = terms_of(u), terms_of(v)
    found = collected([*u_terms, *[t.scaled(-1) for t in v_terms]])
    if not OF_TERMS[left.must](u_terms, v_terms, found):
        return None
    return written_sum([Term(t.coefficient, {done.get(e, e): n for e, n in t.factors.items()}) for t in found])


def is_leaf(e: Expr) -> bool:
    """Whether e is a number or a symbol, with or without a sign."""
    return not signed(e)[1].args


# Rows with a form of their own beside 1.
BESIDE_ONE = frozenset((ops.exp, ops.cos, ops.cosh, ops.tanh, ops.sigmoid, ops.erf, ops.erfc, ops.sqrt, ops.pow))

# What u and v have to be.
OF_PARTS: dict[str, Callable[[Expr, Expr], bool]] = {
    "leaves": lambda u, v: is_leaf(u) and is_leaf(v),
    "simple": lambda u, v: is_leaf(u),
    "beside 1": lambda u, v: is_leaf(u) or kind(u) in BESIDE_ONE,
    "may be negative": lambda u, v: not holds(App(ops.ge, (u, ZERO))),
    "broken": lambda u, v: u.__class__ is not Num or u.value.__class__ is not int,
}

# What must be left of u - v, by the terms of u, of v, and of the difference.
OF_TERMS: dict[str, Callable[[list[Term], list[Term], list[Term]], bool]] = {
    "zero": lambda u, v, found: not found,
    "number": lambda u, v, found: len(found) == 1 and not found[0].factors,
    "ahead": lambda u, v, found: len(found) == 1 and not found[0].factors and found[0].coefficient > 0,
    "rest": lambda u, v, found: 0 < len(found) < min(len(u), 3) and len(u) >= len(v),
    "term": lambda u, v, found: len(found) == 1 < len(u) and len(v) <= len(u),
    "step": lambda u, v, found: len(found) == 1 < len(u) and len(v) < len(u) and bool(found[0].factors),
}
