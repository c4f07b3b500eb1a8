"""Chains of 100,000 nodes: built by operators, then differentiated.

Nested sines, `e = sin(e)`, and Horner's scheme, `e = e*x + k`. Building is counted by the new node, d by the node of
its input. The project is measured with the collector as `import symdiff` leaves it (a look every 50,000 new objects)
and with it off; casadi and symengine, whose nodes Python's collector does not see, as they come.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from time import process_time
from typing import Any

from benchmarks.fresh import together
from benchmarks.libraries import LIBRARIES, Library
from benchmarks.results import Table, ratio

NODES = 100_000


def sines(library: Library, x: Any, nodes: int) -> Any:
    sin, e = library.sin, x
    for _ in range(nodes):
        e = sin(e)
    return e


def horner(library: Library, x: Any, nodes: int) -> Any:
    e = x
    for k in range(nodes // 2):
        e = e * x + k % 10
    return e


CHAINS = {"sines": sines, "horner": horner}


def chain(name: str, library: str, nodes: int, collector: bool) -> Iterator[tuple[str, float]]:
    tools = LIBRARIES[library]()
    x = tools.symbol("x")
    tools.d(tools.sin(x) * x + 1, x)
    if not collector:
        gc.disable()
    start = process_time()
    e = CHAINS[name](tools, x, nodes)
    yield "build", (process_time() - start) / nodes * 1e6
    start = process_time()
    slope = tools.d(e, x)
    yield "d", (process_time() - start) / nodes * 1e6
    del slope


def tables(quick: bool) -> list[Table]:
    nodes, repeats = (NODES // 10, 1) if quick else (NODES, 5)
    return [table(name, nodes, repeats) for name in CHAINS]


def table(name: str, nodes: int, repeats: int) -> Table:
    contestants = {"symdiff": ("symdiff", True), "symdiff, collector off": ("symdiff", False)}
    contestants |= {peer: (peer, True) for peer in ("casadi", "symengine")}
    cases = {label: (chain, name, library, nodes, on) for label, (library, on) in contestants.items()}
    found = together(cases, repeats)
    ours = found["symdiff"]
    rows = []
    for label, said in found.items():
        build, slope = said.get("build"), said.get("d", said.get("end"))
        both = build + slope if isinstance(slope, float) and build else None
        whole = ours["build"] + ours["d"]
        rows.append([label, build, slope, ratio(ours["build"], build), ratio(ours["d"], slope), ratio(whole, both)])
    heads = ["µs a node", "build", "d", "build, times symdiff", "d, times symdiff", "both, times symdiff"]
    return Table(f"{name}, {nodes:,} nodes", heads, rows)
