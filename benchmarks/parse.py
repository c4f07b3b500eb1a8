"""Long and deep texts: a sum of 20,000 terms, 100,000 brackets around x, 20,000 nested sines; read from text.

SymPy reads with `parse_expr`, symengine with `sympify`. The collector is as each library leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

from benchmarks.fresh import together
from benchmarks.results import Table, ratio

TEXTS: dict[str, tuple[int, Callable[[int], str]]] = {
    "sum, terms":    (20_000, lambda n: " + ".join(f"{k % 97 + 1}*x^{k}*sin({k}*y)" for k in range(1, n + 1))),
    "brackets":      (100_000, lambda n: "(" * n + "x" + ")" * n),
    "nested sines":  (20_000, lambda n: "sin(" * n + "x" + ")" * n),
    "sum of x + 1s": (20_000, lambda n: "x" + " + 1" * n),
}  # fmt: skip


def the_project() -> Callable[[str], Any]:
    from symdiff import parse

    return parse


def sympy() -> Callable[[str], Any]:
    from sympy.parsing.sympy_parser import parse_expr

    return lambda text: parse_expr(text.replace("^", "**"))


def symengine() -> Callable[[str], Any]:
    import symengine

    read: Callable[[str], Any] = symengine.sympify
    return read


LIBRARIES = {"symdiff": the_project, "symengine": symengine, "sympy": sympy}


def reading(library: str, name: str, n: int) -> Iterator[tuple[str, float]]:
    read = LIBRARIES[library]()
    read("x + 1")
    text = TEXTS[name][1](n)
    start = process_time()
    read(text)
    yield "ms", (process_time() - start) * 1e3


def tables(quick: bool) -> list[Table]:
    shrink, repeats = (100, 1) if quick else (1, 3)
    rows = []
    for name, (size, _) in TEXTS.items():
        n = size // shrink
        found = together({library: (reading, library, name, n) for library in LIBRARIES}, repeats)
        ours = found["symdiff"].get("ms")
        for library, said in found.items():
            rows.append([f"{name}: {n:,}", library, said.get("ms", said.get("end")), ratio(ours, said.get("ms"))])
    return [Table("Parsing", ["ms", "", "", "times symdiff"], rows)]
