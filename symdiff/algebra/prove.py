"""Proofs that an expression is zero wherever it has a value.

The expression is read in the field with angles as tangents of the half angle, so that everything trigonometric is a
rational function; where the sign of a base would have to be known, both cases are proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symdiff.algebra.budget import Budget, SpentError
from symdiff.algebra.compose import Composer
from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.reading import MOST_ROOM, PASSES, ROOM, SUM, Reader
from symdiff.algebra.field.signs import EmptyError
from symdiff.algebra.field.values import (
    CrowdedError,
    NowhereError,
    OversizedError,
    UndecidedError,
    UnsettledError,
    Value,
)
from symdiff.algebra.poly import fmpz_mpoly
from symdiff.algebra.write.writer import Writer
from symdiff.core import ops
from symdiff.core.expr import App, Expr
from symdiff.core.fold import postorder, subs
from symdiff.core.ops import ZERO

CASES = 4  # signs that are split into cases, within each other
BRANCHES = 3  # conditions of choices that are split likewise
CHOICES = frozenset((ops.where, ops.both, ops.either, ops.no))
NOWHERE = "the formula has a value nowhere"


@dataclass(frozen=True)
class Proof:
    """Whether an expression is proved to be zero, under which conditions; else the reason why not."""

    proved: bool
    conditions: tuple[Expr, ...] = ()
    reason: str = ""

    def __bool__(self) -> bool:
        return self.proved


def proof(e: Expr, budget: Budget) -> Proof:
    """Whether e is zero wherever it has a value; never raises for a well-formed expression.

    What asks conditions is closed, since a branch that is not taken need not have a value; where that is no proof, one
    for each branch is.

    >>> from symdiff import parse
    >>> bool(proof(parse("sin(x)^2 + cos(x)^2 - 1"), Budget(seconds=1)))
    True
    """
    found: dict[Expr, None] = {}
    held = False
    waiting = [(e, 0)]
    while waiting:
        part, depth = waiting.pop()
        one = attempt(part, budget)
        held = held or one.proved
        if one or (one.reason == NOWHERE and depth):
            found.update(dict.fromkeys(one.conditions))
            continue
        branches = by_branches(part) if depth < BRANCHES else ()
        if not branches:
            return one
        waiting += [(branch, depth + 1) for branch in branches]
    return Proof(True, tuple(found)) if held else Proof(False, reason=NOWHERE)


def attempt(e: Expr, budget: Budget) -> Proof:
    """The same without a look into branches."""
    try:
        return Prover(e, budget).proof()
    except SpentError as spent:
        return Proof(False, reason=f"the budget of {spent} is used up")
    except (EmptyError, NowhereError):
        return Proof(False, reason=NOWHERE)
    except UndecidedError:
        return Proof(False, reason="too many signs are not known")
    except UnsettledError:
        return Proof(False, reason="the expression is too large when it is multiplied out")


def by_branches(e: Expr) -> tuple[Expr, ...]:
    """e with the first condition that it asks taken to hold, and not to hold; nothing if it asks none."""
    order = postorder(e)
    first = next((node for node in order if node.__class__ is App and node.op is ops.where), None)
    if first is None:
        return ()
    alike = [node for node in order if node.__class__ is App and node.op is ops.where and node.args[0] is first.args[0]]
    return tuple([subs(e, {node: node.args[n] for node in alike}) for n in (1, 2)])


class Prover:
    """One expression, in a ring that grows with need."""

    def __init__(self, e: Expr, budget: Budget) -> None:
        self.reader, self.budget = Reader(e), budget
        closed = frozenset([node for node in self.reader.order if node.__class__ is App and node.op in CHOICES])
        if closed:
            self.reader = Reader(e, closed)
        self.room = min(max(ROOM, self.reader.count + 3), 12)

    def proof(self) -> Proof:
        """In several ways to read the formula, each where there is reason to, until one is a proof."""
        field, found = self.in_field()
        for way in self.other_ways(field, found) if found is not True else ():
            field, found = self.in_field(**way)
            if found is True:
                break
        if isinstance(found, UnsettledError):
            raise found
        return Proof(True, tuple(conditions(field))) if found else Proof(False, reason="no proof was found")

    def other_ways(self, field: Functions, found: bool | UnsettledError) -> Iterator[dict[str, Any]]:
        """Sines and cosines; roots of sums that are squares as they are; all bases of symbolic powers positive."""
        if isinstance(found, OversizedError) and "half" in field.kinds:
            yield {"pair": "sin"}
        if any([square[2] is not None for square in field.as_square.values()]):
            yield {"denesting": False}
        if "power" in field.kinds or field.assumed:
            yield {"assuming": True}

    def in_field(
        self, *, pair: str = "half", denesting: bool = True, assuming: bool = False
    ) -> tuple[Functions, bool | UnsettledError]:
        """Whether the root is zero, or why that cannot be said, and the field with what was taken for granted."""
        while True:
            field = Functions(self.room, self.budget, pair=pair, closed=False, lenient=True)
            field.denesting, field.assuming = denesting, assuming
            try:
                return field, self.is_zero(field)
            except NowhereError:
                raise
            except UnsettledError as unsettled:
                return field, unsettled
            except CrowdedError:
                self.room *= 2
                if self.room > MOST_ROOM:
                    return field, UnsettledError()

    def is_zero(self, field: Functions) -> bool:
        """Whether the root is zero, in every case of the signs that have to be known."""
        open_cases: list[tuple[Case, int]] = [(Case(field), 0)]
        held = False
        while open_cases:
            case, depth = open_cases.pop()
            case.restore(field)
            try:
                found = self.case(field)
            except (EmptyError, NowhereError):
                if depth:
                    continue
                raise
            if found is True:
                held = True  # not of cases alone in which the formula has no value
                continue
            if found is False or depth == CASES:
                return False
            for sign in (1, -1):
                case = Case(field)
                try:
                    case.signs.learn(frozenset((found.base,)), sign)
                except EmptyError:
                    continue
                open_cases.append((case, depth + 1))
        return held

    def case(self, field: Functions) -> bool | UndecidedError:
        """Whether the root is zero; or whose sign would have to be known."""
        values = Known()
        for _ in range(PASSES):
            version = field.signs.version
            values = self.once(field)
            if field.signs.version == version:
                break
        try:
            v = values[self.reader.root]
        except UndecidedError as undecided:
            return undecided
        return v.c == 0 or any([n > 0 and field.is_zero(field.bases[i]) for i, n in v.pw.items()])

    def once(self, field: Functions) -> Known:
        """The values of the parts. Where a sign is missing, what else can be read is read for the facts in it."""
        return self.reader.read(field, Known(), self.value)

    def value(self, field: Functions, node: App, values: Known) -> Value | None:
        try:
            if node.op in SUM:
                return self.reader.total(field, node, values)
            return field.apply(node, [values[part] for part in node.args])
        except UndecidedError as undecided:
            values.undecided[node] = undecided
            return None


class Known(dict[Expr, Value]):
    """The values of parts. To ask for one that has none raises UndecidedError, with the base whose sign is missing."""

    def __init__(self) -> None:
        super().__init__()
        self.undecided: dict[Expr, UndecidedError] = {}

    def __missing__(self, part: Expr) -> Value:
        raise self.undecided[part]


class Case:
    """What a case of a proof may change: the signs, and the roots that were made with them."""

    def __init__(self, field: Functions) -> None:
        self.signs = field.signs.copied()
        self.roots, self.relations = dict(field.roots), list(field.relations)

    def restore(self, field: Functions) -> None:
        self.signs.assumed |= field.signs.assumed
        self.signs.version = field.signs.version + 1
        field.signs, field.roots, field.relations = self.signs, self.roots, self.relations
        field.turns.clear()


def sign_product(field: Functions, v: Value) -> fmpz_mpoly:
    """A polynomial with the sign of v: the product of the bases whose signs multiply, none of them put in."""
    p = field.ring.constant(1 if v.c > 0 else -1)
    for i in sorted(v.sg):
        p = p * field.bases[i]
    return p


def conditions(field: Functions) -> Iterator[Expr]:
    """What the proof takes for granted: bases that are not 0, powers of what is positive."""
    field.learning = False
    writer = Writer(field, Composer())
    for v in field.assumed.values():
        yield App(ops.gt, (writer.polynomial(sign_product(field, v)), ZERO))
    positive = frozenset().union(*[v.sg for v in field.assumed.values()])
    for i in sorted(field.signs.assumed - field.signs.nonzero - positive):
        yield App(ops.ne, (writer.polynomial(field.bases[i]), ZERO))
