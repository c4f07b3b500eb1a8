"""The 68 formulas of a calculus textbook: parse, d in x, simplify; cold.

Cold in two ways. Forked: every formula meets a library that is imported and has parsed `x`, and nothing else; the clock
then also counts the pages of memory that a forked process first touches. Cleared: one process, SymPy's cache cleared
before each formula, and the nodes of the others forgotten. A time is the sum over the formulas. Operations are the
binary operators, function calls and minus signs of the printed text. The formulas are found through SYMDIFF_DATA, else
in ../shared/data.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from benchmarks.data import formulas
from benchmarks.fresh import together
from benchmarks.results import Table, ratio

STAGES = ("parse", "d", "simplify")


def the_project() -> list[Callable[[Any], Any]]:
    from symdiff import d, parse, simplify

    return [parse, lambda e: d(e, "x"), simplify]


def sympy() -> list[Callable[[Any], Any]]:
    from sympy import Symbol, diff, simplify
    from sympy.parsing.sympy_parser import parse_expr

    x = Symbol("x")
    return [lambda text: parse_expr(text.replace("^", "**")), lambda e: diff(e, x), simplify]


def symengine() -> list[Callable[[Any], Any]]:
    from symengine import Symbol, sympify

    x = Symbol("x")
    return [sympify, lambda e: e.diff(x), lambda e: e.expand()]


LIBRARIES = {"symdiff": the_project, "sympy": sympy, "symengine": symengine}


def corpus(library: str, way: str, shown: int) -> Iterator[tuple[str, float]]:
    """All formulas: the milliseconds of each stage, and the operations of what it gave, printed."""
    stages = LIBRARIES[library]()
    stages[0]("x")
    found = [WAYS[way](stages, text) for text in formulas()[:shown]]
    for i, stage in enumerate(STAGES):
        yield stage, sum(times[i] for times, _ in found) * 1e3
        yield f"ops {stage}", sum(operations(texts[i]) for _, texts in found)


def forked(stages: list[Callable[[Any], Any]], text: str) -> tuple[list[float], list[str]]:
    """One formula through the stages in a child process: nothing that it leaves behind meets the next formula."""
    receiving, sending = os.pipe()
    child = os.fork()
    if not child:
        with os.fdopen(sending, "w") as pipe:
            pipe.write(json.dumps(staged(stages, text)))
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    times, texts = json.loads(said)
    return times, texts


def cleared(stages: list[Callable[[Any], Any]], text: str) -> tuple[list[float], list[str]]:
    if "sympy" in sys.modules:
        sys.modules["sympy.core.cache"].clear_cache()
    return staged(stages, text)


WAYS = {"forked": forked, "cleared": cleared}


def staged(stages: list[Callable[[Any], Any]], text: str) -> tuple[list[float], list[str]]:
    thing: Any = text
    times, texts = [], []
    for stage in stages:
        start = perf_counter()
        thing = stage(thing)
        times.append(perf_counter() - start)
        texts.append(str(thing))
    return times, texts


def operations(text: str) -> int:
    tree = ast.parse(text.replace("^", "**"), mode="eval")
    return sum(counts(node) for node in ast.walk(tree))


def counts(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp | ast.Call) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub))


def tables(quick: bool) -> list[Table]:
    shown, repeats = (5, 1) if quick else (len(formulas()), 5)
    return [table(way, shown, repeats) for way in WAYS]


def table(way: str, shown: int, repeats: int) -> Table:
    found = together({library: (corpus, library, way, shown) for library in LIBRARIES}, repeats)
    ours = found["symdiff"]
    rows = [
        [name, *[said.get(stage, said.get("end")) for stage in STAGES], ratio(ours["d"], said.get("d")),
         said.get("ops parse"), said.get("ops d"), said.get("ops simplify")]
        for name, said in found.items()
    ]  # fmt: skip
    heads = ["ms", *STAGES, "d, times symdiff", "ops, input", "ops, d", "ops, simplified"]
    return Table(f"{shown} formulas, {way}", heads, rows, ["simplify of symengine is expand: it has no other."])
