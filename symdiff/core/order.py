"""A total order of expressions that depends on their structure alone: not on hash seeds, threads or earlier work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from zlib import crc32

from symdiff.core.expr import App, Expr, Sym

EXACT_HEIGHT = 12  # from here on a digest stands for the parts, or keys would grow without bound

Key = tuple[Any, ...]


def ordering() -> Callable[[Expr], Key]:
    """A key function for `sorted`: numbers, then symbols by name, then applications by height, operation and parts.

    Each key function remembers what it has seen, so use one for all of a piece of work. Two expressions of a height
    of 12 or more may, by a collision of their 64-bit digests, get equal keys: the order is for arranging, never for
    telling apart.
    """
    keys: dict[Expr, Key] = {}

    def key(e: Expr) -> Key:
        if e not in keys:
            stack = [e]
            while stack:  # stops at parts that have a key: a whole postorder for each new node would be quadratic
                node = stack[-1]
                waiting = [part for part in node.args if part not in keys]
                if waiting:
                    stack += waiting
                else:
                    keys[node] = key_of(node, keys)
                    stack.pop()
        return keys[e]

    return key


def key_of(node: Expr, keys: dict[Expr, Key]) -> Key:
    match node:
        case App():
            parts = [keys[part] for part in node.args]
            height = 1 + max([part[0] for part in parts], default=0)
            digest = hash((crc32(node.op.name.encode()), *[part[-1] for part in parts]))
            exact = height < EXACT_HEIGHT
            return (height, node.op.name, *parts, digest) if exact else (height, node.op.name, digest)
        case Sym():
            return (0, 1, node.name, crc32(node.name.encode()))
        case _:
            return (0, 0, node.value, hash(node.value))


def in_order(es: Iterable[Expr]) -> list[Expr]:
    """The expressions in structural order.

    >>> from symdiff import parse
    >>> in_order([parse("sin(x)"), parse("y"), parse("x"), parse("2")])
    [2, x, y, sin(x)]
    """
    return sorted(es, key=ordering())
