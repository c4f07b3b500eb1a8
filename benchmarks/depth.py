"""Chains of 100,000 nodes from birth to death: no step recurses, so depth is nothing special.

Nested sines, Horner's scheme, and opposites of opposites (`-(-(... x))`) are built by operators, printed, parsed back,
differentiated, evaluated, pickled, loaded, and dropped. Of the peers, symengine dies of 50,000 nested sines (`chains`).
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

from benchmarks.chains import horner, sines
from benchmarks.fresh import together
from benchmarks.libraries import LIBRARIES, Library
from benchmarks.results import Table

NODES = 100_000


def minuses(library: Library, x: Any, nodes: int) -> Any:
    e = x
    for _ in range(nodes):
        e = -e
    return e


def life(chain: str, nodes: int) -> Iterator[tuple[str, float]]:
    """The milliseconds of each step of an expression's life."""
    from symdiff import d, parse, val

    tools = LIBRARIES["symdiff"]()
    x = tools.symbol("x")
    held: dict[str, Any] = {}
    val(d(parse("x*x + 1"), "x"), x=0.5)
    steps: dict[str, Callable[[], Any]] = {
        "build": lambda: CHAINS[chain](tools, x, nodes),
        "print": lambda: str(held["build"]),
        "parse": lambda: parse(held["print"]),
        "d": lambda: d(held["build"], "x"),
        "val": lambda: val(held["build"], x=0.5),
        "val of d": lambda: val(held["d"], x=0.5),
        "pickle": lambda: pickle.dumps(held["build"]),
        "load": lambda: pickle.loads(held["pickle"]),  # noqa: S301, TID251  # of the line before
        "die": lambda: dropped(held, tools.sin, x),
    }
    for name, step in steps.items():
        start = process_time()
        held[name] = step()
        yield name, (process_time() - start) * 1e3
        if name in ("parse", "load") and held[name] is not held["build"]:
            raise AssertionError(f"{name} gave another object")


def dropped(held: dict[str, Any], sin: Callable[[Any], Any], x: Any) -> Any:
    held.clear()
    return sin(x + 1)  # the next node made buries the dead


CHAINS: dict[str, Callable[[Library, Any, int], Any]] = {"sines": sines, "horner": horner, "minuses": minuses}


def tables(quick: bool) -> list[Table]:
    nodes, repeats = (NODES // 100, 1) if quick else (NODES, 3)
    found = together({chain: (life, chain, nodes) for chain in CHAINS}, repeats)
    steps = dict.fromkeys([step for said in found.values() for step in said])
    rows = [[step, *[said.get(step) for said in found.values()]] for step in steps]
    return [Table(f"{nodes:,} nodes", ["ms", *CHAINS], rows)]
