"""The only loop over expressions: parts before wholes, each distinct node once, no recursion."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TypeVar

from symdiff.core.expr import App, Expr, Num, Sym, lift, symbol
from symdiff.errors import LimitError

T = TypeVar("T")


def postorder(*roots: Expr, closed: Container[Expr] = frozenset()) -> list[Expr]:
    """Every distinct node under the roots, parts before wholes; what is `closed` counts as a leaf.

    >>> from symdiff import parse
    >>> postorder(parse("x*x + 1"))
    [x, x*x, 1, x*x + 1]
    """
    seen: set[Expr] = set()
    order: list[Expr] = []
    stack: list[Expr | None] = list(reversed(roots))
    pop, push, extend = stack.pop, stack.append, stack.extend
    while stack:
        node = pop()
        if node is None:  # the parts of the node below it are done
            order.append(pop())  # type: ignore[arg-type]  # a mark always lies on a node
        elif node not in seen:
            seen.add(node)
            if node.args and node not in closed:
                push(node)
                push(None)
                extend(node.args[::-1])
            else:
                order.append(node)
    return order


def fold(
    root: Expr,
    num: Callable[[Num], T],
    sym: Callable[[Sym], T],
    app: Callable[[App, list[T]], T],
) -> T:
    """Replace the constructors of `root` by functions, leaves first, each distinct node once.

    `app` gets the node and the results of its parts.

    >>> from symdiff import parse
    >>> fold(parse("2*x + 1"), num=lambda n: n.value, sym=lambda s: 10, app=lambda node, parts: sum(parts))
    13
    """
    done: dict[Expr, T] = {}
    for node in postorder(root):
        match node:
            case App():
                done[node] = app(node, [done[part] for part in node.args])
            case Sym():
                done[node] = sym(node)
            case _:
                done[node] = num(node)
    return done[root]


def subs(e: Expr, changes: Mapping[Expr | str, object]) -> Expr:
    """`e` with every key of `changes` replaced by its value, all at once.

    Keys are expressions or names of symbols, values expressions or numbers; a replaced part is not searched again.

    >>> from symdiff import parse, symbols
    >>> x, y = symbols("x y")
    >>> subs(x**2 + y, {x: y, y: x})
    y^2 + x
    """
    into = {symbol(old) if isinstance(old, str) else old: lift(new) for old, new in changes.items()}

    def rebuilt(node: App, parts: list[Expr]) -> Expr:
        return into[node] if node in into else App(node.op, tuple(parts))

    return fold(e, num=lambda n: into.get(n, n), sym=lambda s: into.get(s, s), app=rebuilt)


def free_symbols(*roots: Expr) -> tuple[Sym, ...]:
    """The distinct symbols under the roots, in the order in which a reader meets them.

    >>> from symdiff import parse
    >>> free_symbols(parse("b*x + a*x"))
    (b, x, a)
    """
    return tuple([node for node in postorder(*roots) if node.__class__ is Sym])


def size(e: Expr) -> int:
    """How many nodes `e` has as a tree: every number, symbol and operation counts each time it is written.

    >>> from symdiff import parse
    >>> size(parse("x*x + 1"))
    5
    """
    return fold(e, num=lambda _: 1, sym=lambda _: 1, app=lambda _, sizes: 1 + sum(sizes))


def spell(root: Expr, pieces: Callable[[Expr, T], Sequence[str | tuple[Expr, T]]], start: T, limit: int) -> str:
    """Write `root` from the top down: `pieces(node, context)` gives text and parts, in the order in which they stand.

    A part comes with the context that it is written in; `start` is that of the root. Top down, since text that grows
    from the leaves is copied at every level: a chain would cost the square of its length. A shared part is written each
    time it is met, so the text can be exponentially longer than the graph: raises LimitError beyond `limit` characters.

    >>> from symdiff import parse
    >>> def listed(node, depth):
    ...     return [f"{depth}: {node}\\n", *[(part, depth + 1) for part in node.args]]
    >>> print(spell(parse("sin(x)"), listed, start=0, limit=100), end="")
    0: sin(x)
    1: x
    """
    least = fold(root, num=lambda _: 1, sym=lambda _: 1, app=lambda _, parts: min(1 + sum(parts), limit + 1))
    room = limit if least <= limit else -1  # every node writes something: hopeless cases are known at once
    written: list[str] = []
    stack: list[str | tuple[Expr, T]] = [(root, start)]
    while stack and room >= 0:
        piece = stack.pop()
        if isinstance(piece, str):
            written.append(piece)
            room -= len(piece)
        else:
            stack.extend(reversed(pieces(*piece)))
    if room < 0:
        raise LimitError(f"the text would be longer than {limit:,} characters", "to_json writes shared parts only once")
    return "".join(written)
