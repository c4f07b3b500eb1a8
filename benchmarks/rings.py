"""What a polynomial ring makes cheap: derivatives of high order, and the terms of a large product."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any, TypeAlias

from benchmarks.fresh import together
from benchmarks.results import Table, ratio

# Reads a formula; differentiates it n times in a symbol; counts the distinct nodes of the result.
Differentiation: TypeAlias = tuple[Callable[[str], Any], Callable[[Any, str, int], Any], Callable[[Any], int]]

FORMULAS = ("exp(sin({}))", "tan({})")
ORDER = 12
LOOPS = 20


def tables(quick: bool) -> list[Table]:
    return [orders(1 if quick else 5), expansions(3 if quick else 20, 1 if quick else 3)]


# --------------------------------------------------------------------------------------------------------------- orders


def the_project() -> Differentiation:
    from symdiff import parse, postorder
    from symdiff.algebra.orders import derivative

    return parse, derivative, lambda e: len(postorder(e))


def symengine() -> Differentiation:
    from symengine import Symbol, sympify

    def differentiated(e: Any, name: str, n: int) -> Any:
        x = Symbol(name)
        for _ in range(n):
            e = e.diff(x)
        return e

    return sympify, differentiated, distinct


def distinct(e: Any) -> int:
    seen, stack = set(), [e]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack += node.args
    return len(seen)


LIBRARIES: dict[str, Callable[[], Differentiation]] = {"symdiff": the_project, "symengine": symengine}


def orders(repeats: int) -> Table:
    rows = []
    for formula in FORMULAS:
        found = together({library: (high, library, formula) for library in LIBRARIES}, repeats)
        for library, said in found.items():
            name = f"{formula.format('x')}, {library}"
            ms, theirs = said.get("ms", said.get("end")), found["symengine"].get("ms")
            rows.append([name, said.get("distinct"), said.get("nodes"), ms, ratio(theirs, ms)])
    heads = [f"derivative of order {ORDER}", "distinct nodes", "nodes of the text", "ms", "times symengine's"]
    return Table("Derivatives of high order", heads, rows, ["A sum of many terms is one node of symengine."])


def high(library: str, formula: str) -> Iterator[tuple[str, Any]]:
    """Each time in another symbol, which no cache has met; the first is not counted."""
    read, differentiated, count = LIBRARIES[library]()
    times, result = [], None
    for k in range(LOOPS):
        name = f"x{k}"
        e = read(formula.format(name))
        start = perf_counter()
        result = differentiated(e, name, ORDER)
        times.append((perf_counter() - start) * 1e3)
    yield "ms", median(times[1:])
    yield "distinct", count(result)
    yield "nodes", nodes_of_text(str(result))


def nodes_of_text(text: str) -> int:
    from benchmarks.judge import nodes
    from symdiff import parse

    return nodes(parse(text.replace("**", "^")))


# -------------------------------------------------------------------------------------------------------------- expand


def product(n: int) -> str:
    return f"(x + y + 1)^{n}*(x - y + 2)^{n}"


def our_expand() -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    from symdiff import parse
    from symdiff.algebra.verbs import expand

    return parse, expand


def sympy_expand() -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    from sympy import expand
    from sympy.parsing.sympy_parser import parse_expr

    return lambda text: parse_expr(text.replace("^", "**")), expand


def symengine_expand() -> tuple[Callable[[str], Any], Callable[[Any], Any]]:
    from symengine import expand, sympify

    return sympify, expand


EXPANDERS = {"symdiff": our_expand, "symengine": symengine_expand, "sympy": sympy_expand}


def expansions(n: int, repeats: int) -> Table:
    found = together({library: (expansion, library, n) for library in EXPANDERS}, repeats)
    ours = found["symdiff"].get("ms")
    rows = [
        [library, said.get("ms", said.get("end")), ratio(ours, said.get("ms")), said.get("terms")]
        for library, said in found.items()
    ]
    return Table(f"expand {product(n)}", ["", "ms", "times symdiff", "terms"], rows)


def expansion(library: str, n: int) -> Iterator[tuple[str, Any]]:
    read, expand = EXPANDERS[library]()
    expand(read("(x + 1)*(x + 2)"))
    e = read(product(n))
    start = perf_counter()
    result = expand(e)
    yield "ms", (perf_counter() - start) * 1e3
    yield "terms", 1 + str(result).count(" + ") + str(result).count(" - ")
