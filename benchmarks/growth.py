"""Growth: formulas as programs write them, built and then differentiated in all their symbols at once.

Product of n symbols; Rosenbrock's function of n variables; the squared error of a network of 8 inputs, 16 hidden units
(tanh) and one output on n points, all 161 weights as symbols; f <- sin(f*x) + f, n times; the squared error of a line
on n points, the data as Python floats, and as numbers lifted before. The collector is as `import symdiff` leaves it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from time import process_time
from typing import Any, TypeAlias

from benchmarks.fresh import together
from benchmarks.libraries import LIBRARIES, Library
from benchmarks.results import Table, ratio

Built: TypeAlias = tuple[Any, Sequence[Any]]
Builder: TypeAlias = Callable[[Library, int], Callable[[], Built]]


def product(library: Library, n: int) -> Callable[[], Built]:
    def build() -> Built:
        xs = [library.symbol(f"x{i}") for i in range(n)]
        return library.product(xs), xs

    return build


def rosenbrock(library: Library, n: int) -> Callable[[], Built]:
    def build() -> Built:
        xs = [library.symbol(f"x{i}") for i in range(n)]
        return library.total([100 * (v - u**2) ** 2 + (1 - u) ** 2 for u, v in pairwise(xs)]), xs

    return build


def network(library: Library, n: int) -> Callable[[], Built]:
    draw = random.Random(8161)
    points = [([round(draw.gauss(0, 1), 3) for _ in range(8)], round(draw.gauss(0, 1), 3)) for _ in range(n)]

    def build() -> Built:
        hidden = [[library.symbol(f"v{i}_{j}") for j in range(9)] for i in range(16)]
        last = [library.symbol(f"w{i}") for i in range(17)]
        losses = []
        for inputs, wanted in points:
            units = [library.tanh(scalar_product(library, unit, inputs)) for unit in hidden]
            losses.append((scalar_product(library, last, units) - wanted) ** 2)
        return library.total(losses) / n, [w for unit in hidden for w in unit] + last

    return build


def scalar_product(library: Library, weights: Sequence[Any], inputs: Sequence[Any]) -> Any:
    """Of the weights and the inputs, and the last weight, for which there is no input, added."""
    *plain, last = weights
    return library.total([last, *[w * x for w, x in zip(plain, inputs, strict=True)]])


def nesting(library: Library, n: int) -> Callable[[], Built]:
    def build() -> Built:
        x = library.symbol("x")
        f = x
        for _ in range(n):
            f = library.sin(f * x) + f
        return f, [x]

    return build


def line(library: Library, n: int) -> Callable[[], Built]:
    return line_through(library, points(n))


def line_lifted(library: Library, n: int) -> Callable[[], Built]:
    return line_through(library, [(library.lift(x), library.lift(y)) for x, y in points(n)])


def points(n: int) -> list[tuple[float, float]]:
    draw = random.Random(10)
    return [(i / 100, round(2 * i / 100 + 1 + draw.gauss(0, 0.1), 4)) for i in range(n)]


def line_through(library: Library, data: Sequence[tuple[Any, Any]]) -> Callable[[], Built]:
    def build() -> Built:
        m, b = library.symbol("m"), library.symbol("b")
        return library.total([(m * x + b - y) ** 2 for x, y in data]) / len(data), [m, b]

    return build


FORMULAS: dict[str, tuple[Builder, int]] = {
    "product": (product, 1000),
    "Rosenbrock": (rosenbrock, 1000),
    "network 8-16-1": (network, 20),
    "nesting": (nesting, 1000),
    "line": (line, 10_000),
    "line, lifted before": (line_lifted, 10_000),
}


def formula(name: str, library: str, n: int) -> Iterator[tuple[str, float]]:
    tools = LIBRARIES[library]()
    x = tools.symbol("x")
    tools.gradient(tools.sin(x) * x + 1, [x])
    build = FORMULAS[name][0](tools, n)
    start = process_time()
    e, xs = build()
    yield "build", (process_time() - start) * 1e3
    start = process_time()
    slopes = tools.gradient(e, xs)
    yield "gradient", (process_time() - start) * 1e3
    if library == "symdiff":
        from symdiff import postorder

        yield "nodes", len(postorder(e, *slopes))


def tables(quick: bool) -> list[Table]:
    shrink, repeats = (10, 1) if quick else (1, 5)
    sizes = {name: max(2, n // shrink) for name, (_, n) in FORMULAS.items()}
    return [beside_peers(sizes, repeats), growing(sizes, repeats)]


def beside_peers(sizes: dict[str, int], repeats: int) -> Table:
    rows = []
    for name, n in sizes.items():
        found = together({library: (formula, name, library, n) for library in LIBRARIES}, repeats)
        ours = [found["symdiff"][part] for part in ("build", "gradient")]
        for library, said in found.items():
            build, gradient = said.get("build"), said.get("gradient", said.get("end"))
            both = build + gradient if isinstance(gradient, float) and build is not None else None
            rows.append([f"{name}, n = {n:,}", library, build, gradient, both, ratio(sum(ours), both)])
    return Table("Build and whole gradient", ["ms", "", "build", "gradient", "both", "times symdiff"], rows)


def growing(sizes: dict[str, int], repeats: int) -> Table:
    rows = []
    for name, n in sizes.items():
        found = together({str(k): (formula, name, "symdiff", k * n) for k in (1, 2, 4)}, repeats)
        times = [found[k]["build"] + found[k]["gradient"] for k in found]
        nodes = [found[k]["nodes"] for k in found]
        rows.append([f"{name}, n = {n:,}", *times, *nodes, f"{times[2] / times[0]:.2f}", f"{nodes[2] / nodes[0]:.2f}"])
    heads = ["symdiff", "ms: n", "2n", "4n", "nodes: n", "2n", "4n", "ms, 4n : n", "nodes, 4n : n"]
    return Table("Linear in the input", heads, rows, ["Nodes: distinct ones in the formula and its gradient together."])
