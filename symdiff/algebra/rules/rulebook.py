"""The index of the rules: the operation at the top and one that must occur below it lead to the few worth trying."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from symdiff.algebra.rules.facts import holds
from symdiff.algebra.rules.match import Bindings, filled, shapes
from symdiff.algebra.rules.places import (
    SPREAD,
    Places,
    ProductRule,
    Rule,
    Shaped,
    SumRule,
    chained,
    direct,
    head_of,
    heads_of,
    signature_of,
)  # fmt: skip
from symdiff.algebra.rules.terms import SUM
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Op

Cost = Callable[[Expr], float]
T = TypeVar("T")

CHAINS = frozenset((ops.maximum, ops.minimum, ops.both, ops.either))
NOTHING: frozenset[tuple[Op, int]] = frozenset()


class Rewriting(NamedTuple):
    """The rule that applied, the whole afterwards, and what must hold where the whole had no value before."""

    rule: str
    whole: Expr
    conditions: tuple[Expr, ...] = ()


class Rulebook:
    """Rules in the order of the page, found by the operation at the top and one that must occur below it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.nodes: dict[Op, dict[Op | None, list[Shaped]]] = {}
        self.chains: dict[Op, list[Shaped]] = {}
        self.sums: dict[Op, list[tuple[int, SumRule]]] = {}
        self.products: dict[Op, list[tuple[int, ProductRule]]] = {}
        for place, one in enumerate(rules):
            self.enter(one, place)

    def enter(self, one: Rule, place: int) -> None:
        op = one.left.op
        if op in SUM:
            split = SumRule(one)
            self.sums.setdefault(split.heads[0], []).append((place, split))
        if op in (ops.mul, ops.div, ops.neg) or (op is ops.pow and one.left.args[1].__class__ is Num):
            self.products.setdefault(head_of(one.left), []).append((place, ProductRule(one)))
        elif op in CHAINS:
            self.chains.setdefault(op, []).append((one, shapes(one.left.args)))
        elif op not in SUM:
            self.nodes.setdefault(op, {}).setdefault(below(one.left), []).append((one, shapes(one.left.args)))

    def rewritings(self, node: App, cost: Cost) -> Iterator[Rewriting]:
        """What the rules make of the node, in the order of the page; each is smaller, or as large with a reason."""
        op = node.op
        found: Places
        if op in SPREAD:
            found = self.spread(node)
        elif op in CHAINS:
            found = chained(self.chains.get(op, ()), node)
        elif op in self.nodes:
            found = direct(self.nodes[op], node)
        else:
            return
        before: float | None = None
        seen: set[Expr] = {node}
        for one, whole, bound in found:
            if whole in seen:
                continue
            seen.add(whole)
            before = cost(node) if before is None else before
            after = cost(whole)
            if after < before or (after == before and one.even):
                yield Rewriting(one.name, whole, conditions(one, bound))

    def spread(self, node: App) -> Places:
        """Sums and products, and powers in their own right."""
        heads = heads_of(node)
        if node.op in SUM:
            for split in in_order([row for head in heads for row in self.sums.get(head, ())]):
                yield from split.applied(node)
        if node.op is not ops.add and node.op is not ops.sub:
            rows = [row for head in heads for row in self.products.get(head, ())]
            signature = signature_of(node) if rows else NOTHING
            for one in in_order(rows):
                if one.signature <= signature:
                    yield from one.applied(node)
        if node.op is ops.pow and ops.pow in self.nodes:
            yield from direct(self.nodes[ops.pow], node)


def in_order(rows: list[tuple[int, T]]) -> list[T]:
    """Rules in the order of the page."""
    return [one for _, one in sorted(rows, key=lambda row: row[0])] if rows else []


def conditions(one: Rule, bound: Bindings) -> tuple[Expr, ...]:
    """What must hold for the node to have had a value, where that is more than its result says."""
    if one.gains is None:
        return ()
    gained = filled(one.gains, bound)
    return () if holds(gained) else (gained,)


def below(left: App) -> Op | None:
    """The operation that the first argument must be, where the pattern asks for one."""
    inner = left.args[0]
    asks = inner.__class__ is App and inner.op not in SUM and inner.op not in (ops.mul, ops.div) and len(left.args) == 1
    return inner.op if asks else None  # type: ignore[union-attr]  # asks says that it is an App
