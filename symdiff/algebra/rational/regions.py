"""The arithmetic at the top of a formula, its region: which nodes belong to it, and how often each part counts."""

from __future__ import annotations

from fractions import Fraction

from symdiff.algebra.budget import tick
from symdiff.algebra.normal import bits
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num
from symdiff.core.ops import rational_value

SUM = frozenset((ops.add, ops.sub, ops.neg))
PRODUCT = frozenset((ops.mul, ops.div))
SIGNS = {ops.add: (1, 1), ops.sub: (1, -1), ops.neg: (-1,), ops.mul: (1, 1), ops.div: (1, -1)}

LITERAL_BITS = 512  # of a power of a number as it is written: beyond, it stays one


def region_of(node: Expr) -> str:
    """What the node is in the arithmetic around it: "sum", "product", "number" or "leaf"."""
    if not isinstance(node, App):
        return "number" if isinstance(node, Num) else "leaf"
    if node.op in SUM:
        return "sum"
    return "product" if node.op in PRODUCT or whole_exponent(node) is not None else "leaf"


def whole_exponent(node: App) -> int | None:
    """n where the node is u^n with an integer n, else None."""
    if node.op is not ops.pow:
        return None
    n = rational_value(node.args[1])
    if n is None or n.denominator != 1:
        return None
    return None if too_long(node.args[0], int(n)) else int(n)


def too_long(base: Expr, n: int) -> bool:
    """Whether base^n is a number that is shorter as it is written: 9^9^9."""
    return isinstance(base, Num) and base.value not in (0, 1, -1) and bits(base.value) * abs(n) > LITERAL_BITS


def root_of(node: App) -> tuple[Expr, Exact] | None:
    """u and p/q where the node is u^(p/q), a square root included, else None."""
    if node.op is ops.sqrt:
        return node.args[0], Fraction(1, 2)
    if node.op is not ops.pow:
        return None
    n = rational_value(node.args[1])
    return (node.args[0], n) if n is not None and n.denominator != 1 else None


def divides(node: App) -> bool:
    """Whether the node puts something below a bar."""
    if node.op is ops.div:
        return not isinstance(node.args[1], Num)
    return node.op is ops.pow and (n := rational_value(node.args[1])) is not None and n < 0


def arithmetic_parts(node: Expr) -> tuple[Expr, ...]:
    """The parts of a node that belong to its region."""
    if not isinstance(node, App):
        return ()
    if node.op in SUM or node.op in PRODUCT:
        return node.args
    return node.args[:1] if whole_exponent(node) is not None or root_of(node) is not None else ()


def inside(root: Expr, most_roots: int) -> tuple[list[Expr], bool]:
    """The nodes of the region, parts before wholes, its leaves too; and whether what stands under its roots is in it.

    That is so unless there are more roots than `most_roots`.
    """
    order = walked(root, most_roots)
    return (walked(root, None) or [], False) if order is None else (order, True)


def walked(root: Expr, most_roots: int | None) -> list[Expr] | None:
    """The nodes with those under roots, or None where there are too many roots; without them for None."""
    under_roots, roots = most_roots is not None, 0
    seen: set[Expr] = set()
    order: list[Expr] = []
    stack: list[Expr | None] = [root]
    while stack:
        tick()
        node = stack.pop()
        if node is None:
            order.append(stack.pop())  # type: ignore[arg-type]  # a mark always lies on a node
        elif node not in seen:
            seen.add(node)
            if most_roots is not None and isinstance(node, App) and root_of(node):
                roots += 1
                if roots > most_roots:
                    return None
            closed = not under_roots and region_of(node) == "leaf"
            stack += (node, None, *(() if closed else reversed(arithmetic_parts(node))))
    return order


def spread(top: Expr, kind: str) -> dict[Expr, int]:
    """How often each part outside the sum (or product) counts in it, by one reverse sweep over what it is made of."""
    weights: dict[Expr, int] = {top: 1}
    for node in reversed(same_kind(top, kind)):
        tick()
        weight = weights.pop(node)
        n = whole_exponent(node)
        for part, sign in ((node.args[0], n),) if n is not None else zip(node.args, SIGNS[node.op], strict=True):
            weights[part] = weights.get(part, 0) + sign * weight
    return weights


def same_kind(top: Expr, kind: str) -> list[App]:
    """The nodes of this kind from `top` down without a break, parts before wholes."""
    seen: set[Expr] = set()
    order: list[App] = []
    stack: list[Expr | None] = [top]
    while stack:
        node = stack.pop()
        if node is None:
            order.append(stack.pop())  # type: ignore[arg-type]  # a mark always lies on an App
        elif node not in seen and region_of(node) == kind:
            seen.add(node)
            stack += (node, None, *reversed(arithmetic_parts(node)))
    return order
