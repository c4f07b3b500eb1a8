"""From an expression to values of a field: every part that matters, leaves first."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any, TypeVar

from symdiff.algebra.budget import Budget
from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.values import CrowdedError, ExhaustedError, UnsettledError, Value, negated, number
from symdiff.algebra.normal import tops
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import postorder

SUM = (ops.add, ops.sub, ops.neg)
PASSES = 5  # over the formula, until no fact and no finer angle is new
ROOM, WIDE, MOST_ROOM = 8, 24, 192  # generators of a ring: to begin with, and at most

Values = dict[Expr, Value]
V = TypeVar("V", bound=Values)


class Reader:
    """The parts of one formula, in order, and the field that their values are in."""

    def __init__(self, e: Expr, closed: Container[Expr] = frozenset()) -> None:
        self.root = e
        self.closed = closed  # parts that are read as symbols
        self.order = postorder(e, closed=closed)
        self.tops = tops(e, self.order)
        self.wholes = {e}  # and the arguments of functions: what no sum or product around it takes up
        for node in self.order:
            if node.__class__ is App and node.op not in PLAIN and not is_whole_power(node):
                self.wholes.update(node.args)
        self.shut: dict[Expr, int] = {}  # parts without a value: generators, for their wholes
        self.count = sum(
            [node.__class__ is Sym or (node.__class__ is App and node.op not in PLAIN) for node in self.order]
        )

    def field(self, budget: Budget, **modes: Any) -> tuple[Functions, Values]:
        """A field with room enough, and the values. Raises EmptyError, where there is no value, and UnsettledError."""
        room = min(max(ROOM, self.count + 3), WIDE)
        while True:
            field = Functions(room, budget, **modes)
            try:
                return field, self.values(field)
            except CrowdedError:
                room *= 2
                if room > MOST_ROOM:
                    raise UnsettledError from None

    def values(self, field: Functions) -> Values:
        """The value of every part. Facts found late are used from the start of the next pass."""
        found: Values = {}
        for _ in range(PASSES):
            version = field.signs.version
            found = self.once(field)
            if field.signs.version == version:
                break
        field.learning = False
        return found

    def once(self, field: Functions) -> Values:
        self.shut = {}
        return self.read(field, {}, self.value)

    def read(self, field: Functions, values: V, value: Callable[[Functions, App, V], Value | None]) -> V:
        """Put the values of the parts into `values`, leaves first; what `value` gives None for has none."""
        for node in self.order:
            field.budget.check()
            if node in self.closed:
                values[node] = field.variable(field.generator("symbol", node))
            elif isinstance(node, App):
                if node in self.tops or node.op not in SUM:
                    found = value(field, node, values)
                    if found is not None:
                        values[node] = found
            elif isinstance(node, Sym):
                values[node] = symbol_value(field, node)
            else:
                values[node] = number(node.value)
        return values

    def value(self, field: Functions, node: App, values: Values) -> Value:
        try:
            if node.op in SUM:
                return self.total(field, node, values)
            return field.apply(node, [values[part] for part in node.args])
        except ExhaustedError:
            raise
        except UnsettledError:  # it counts as a symbol, so that what surrounds it still meets
            pass
        self.shut[node] = j = field.generator("closed", node)
        return field.variable(j)

    def is_within(self, node: Expr) -> bool:
        """Whether a part of a sum is a sum that is read together with it."""
        return isinstance(node, App) and node.op in SUM and node not in self.tops and node not in self.closed

    def total(self, field: Functions, top: App, values: Mapping[Expr, Value]) -> Value:
        """A sum at once, with the sums in it."""
        parts: list[Value] = []
        stack: list[tuple[Expr, int]] = [(top, 1)]
        while stack:
            node, sign = stack.pop()
            if isinstance(node, App) and (node is top or self.is_within(node)):
                if node.op is ops.neg:
                    stack.append((node.args[0], -sign))
                else:
                    stack.append((node.args[1], -sign if node.op is ops.sub else sign))
                    stack.append((node.args[0], sign))
            else:
                v = values[node]
                parts.append(v if sign > 0 else negated(v))
        return field.add(parts)


PLAIN = frozenset((ops.add, ops.sub, ops.mul, ops.div, ops.neg))


def is_whole_power(node: Expr) -> bool:
    """Whether a node is a power with a whole number for exponent."""
    return (
        node.__class__ is App
        and node.op is ops.pow
        and node.args[1].__class__ is Num
        and node.args[1].value.denominator == 1
    )


def symbol_value(field: Functions, x: Sym) -> Value:
    """A symbol; where the formula holds a root of it, a power of that root."""
    v = field.variable(field.generator("symbol", x))
    ((i, _),) = v.pw.items()
    root = field.roots.get(i)
    if root is not None and field.signs.sign_wanted(i) > 0:
        j, q = root
        field.relations = [relation for relation in field.relations if relation[0] != j]
        return Value(v.c, {field.base(field.gens[j]): q}, v.sg - {i})
    return v
