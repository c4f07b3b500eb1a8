"""What a formula asks of its symbols, and what of it a simplified form asks no more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symdiff.algebra.budget import Budget, SpentError
from symdiff.algebra.compose import Composer
from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.reading import Reader
from symdiff.algebra.field.signs import EmptyError
from symdiff.algebra.field.values import UnsettledError, Value
from symdiff.algebra.poly import fmpz_mpoly
from symdiff.algebra.write.writer import Writer
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Op
from symdiff.core.fold import free_symbols, postorder
from symdiff.core.ops import ZERO

MOST = 400  # nodes of a formula whose conditions are written down
CHOICES = frozenset((ops.where, ops.both, ops.either, ops.no))


def conditions_gained(e: Expr, result: Expr, budget: Budget) -> tuple[Expr, ...]:
    """The conditions under which e has a value and that `result` does not need: x != 0 for x/x and 1.

    What follows from the others is left out. Choices, and formulas too large to be read at once, have none to tell.
    """
    if e is result:
        return ()
    needed = dict.fromkeys(conditions(result, budget))
    return tuple([condition for condition in conditions(e, budget) if condition not in needed])


def conditions(e: Expr, budget: Budget) -> list[Expr]:
    """Comparisons that hold wherever e has a value: no denominator is 0, nothing under an even root is negative."""
    order = postorder(e)
    if len(order) > MOST or any([node.__class__ is App and node.op in CHOICES for node in order]):
        return []
    try:
        field, _ = Reader(e).field(budget)
        return written(field, Writer(field, Composer()))
    except (UnsettledError, SpentError, EmptyError):
        return []


def written(field: Functions, writer: Writer) -> list[Expr]:
    signs = field.signs
    found: dict[Expr, None] = {}
    told: set[int] = set()
    for i in range(len(field.bases)):
        if i in field.positive or i in field.primes:
            continue
        sign = signs.is_known(i)
        if sign:
            strict = i in signs.nonzero
            op = ops.gt if strict and sign > 0 else ops.ge if sign > 0 else ops.lt if strict else ops.le
        elif i in signs.nonzero:
            op = ops.ne
        else:
            continue
        if plain(field, i):
            told.add(i)
            found[comparison(writer, op, field.bases[i])] = None
    for members, sign, _ in signs.facts:
        if len(members) > 1 and not members <= told:
            p = field.ring.constant(sign)
            for i in sorted(members):
                p = p * field.bases[i]
            op = ops.gt if members <= signs.nonzero else ops.ge
            found[App(op, (writer.plain(field.from_polynomial(p)), ZERO))] = None
    found.update(dict.fromkeys(of_calls(field, writer)))
    return list(found)


def of_calls(field: Functions, writer: Writer) -> Iterator[Expr]:
    """Where the functions that stay closed are defined, as the table says it."""
    for generator in field.info.values():
        if generator.kind == "call":
            op, args = generator.of
            domain: Any = op.domain
            if domain is not None:
                condition: Expr = domain(*[writer.value(a) if a.__class__ is Value else a for a in args])
                if free_symbols(condition):
                    yield condition


def plain(field: Functions, i: int) -> bool:
    """Whether a condition on this base says something: sin(x) - 1 <= 0 and gamma(x) != 0 do not."""
    j = field.lone.get(i)
    if j is not None and field.info[j].kind == "call" and field.info[j].of[0] is ops.gamma:
        return False
    return all([u != i and v != i for u, v, _ in field.pythagoras])


def comparison(writer: Writer, op: Op, p: fmpz_mpoly) -> Expr:
    """p compared with 0; x - 1 != 0 is x != 1."""
    terms = list(p.terms())
    if len(terms) == 2 and not any(terms[1][0]) and terms[0][1] == 1:
        return App(op, (writer.monomial(1, terms[0][0]), writer.make.number(-int(terms[1][1]))))
    e = writer.polynomial(p)
    if op is ops.ne and writer.make.begins_with_minus(e):
        e = writer.make.negated(e)
    return App(op, (e, ZERO))
