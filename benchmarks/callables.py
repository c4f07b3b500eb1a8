"""Growth, continued: the same formulas, differentiated and made callable, to the first numbers.

To the formulas of `growth` come the sparse Hessian of Rosenbrock's function, the 12th derivatives of exp(sin(x)) and
tan(x), and chains of 100,000 nodes. casadi makes a Function, symengine a Lambdify: by LLVM with and without its search
for common parts, and as its list of lambdas. Each is called once, at one point, and all must give the same numbers, to
1e-9. Each has done the same before, in small. The time is that of the processor in the one thread that works (that of
the whole process jumps by 4 ms); a library has 10 seconds and 4 GB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import fsum, isclose
from resource import RLIMIT_AS, setrlimit
from time import thread_time
from typing import Any, TypeAlias

from benchmarks.chains import horner, sines
from benchmarks.fresh import together
from benchmarks.growth import FORMULAS, Builder, Built
from benchmarks.libraries import LIBRARIES, Library
from benchmarks.results import Cell, Table, ratio

PATIENCE = 10  # seconds
MEMORY = 4 << 30  # bytes; symengine's lambdas of a nesting would take all there is
PARTS = ("build", "derivatives", "callable", "first call")

Slopes: TypeAlias = Any  # a list of expressions, or casadi's matrix


@dataclass(frozen=True)
class Maker:
    """How a library derives what is called, makes it a function of all symbols, and what its results are in floats."""

    library: str
    kinds: Mapping[str, Callable[[Any, Sequence[Any]], Slopes]]
    function: Callable[[Slopes, Sequence[Any]], Callable[[list[float]], Iterable[float]]]


def the_project() -> Maker:
    from symdiff import derivative, gradient, hessian
    from symdiff.numeric.compile import compile

    def function(slopes: Slopes, xs: Sequence[Any]) -> Callable[[list[float]], Iterable[float]]:
        f = compile(slopes, [x.name for x in xs])
        return lambda point: f(*point)

    kinds = {
        "gradient": gradient,
        "hessian": lambda e, xs: list(hessian(e, xs).entries.values()),
        "twelfth": lambda e, xs: [derivative(e, xs[0], 12)],
    }
    return Maker("symdiff", kinds, function)


def casadi() -> Maker:
    import casadi as ca

    def function(slopes: Slopes, xs: Sequence[Any]) -> Callable[[list[float]], Iterable[float]]:
        f = ca.Function("f", [ca.vertcat(*xs)], [slopes])
        return lambda point: f(point).nonzeros()

    def twelfth(e: Any, xs: Sequence[Any]) -> Slopes:
        for _ in range(12):
            e = ca.gradient(e, xs[0])
        return e

    kinds = {
        "gradient": lambda e, xs: ca.gradient(e, ca.vertcat(*xs)),
        "hessian": lambda e, xs: ca.hessian(e, ca.vertcat(*xs))[0],
        "twelfth": twelfth,
    }
    return Maker("casadi", kinds, function)


def symengine(backend: str, cse: bool) -> Maker:
    import symengine as se

    def function(slopes: Slopes, xs: Sequence[Any]) -> Callable[[list[float]], Iterable[float]]:
        f = se.Lambdify(xs, slopes, backend=backend, cse=cse)
        return lambda point: f(point).tolist()

    def hessian(e: Any, xs: Sequence[Any]) -> Slopes:
        return [row.diff(x) for row in gradient(e, xs) for x in row.free_symbols]

    def gradient(e: Any, xs: Sequence[Any]) -> Slopes:
        return [e.diff(x) for x in xs]

    def twelfth(e: Any, xs: Sequence[Any]) -> Slopes:
        for _ in range(12):
            e = e.diff(xs[0])
        return [e]

    return Maker("symengine", {"gradient": gradient, "hessian": hessian, "twelfth": twelfth}, function)


MAKERS: dict[str, Callable[[], Maker]] = {
    "symdiff": the_project,
    "casadi": casadi,
    "symengine, LLVM": partial(symengine, "llvm", False),
    "symengine, LLVM, cse": partial(symengine, "llvm", True),
    "symengine, lambdas": partial(symengine, "lambda", False),
}


# ------------------------------------------------------------------------------------------------------------- formulas


def of_x(formula: Callable[[Library, Any, int], Any]) -> Builder:
    """A builder of a formula in x."""

    def builder(library: Library, n: int) -> Callable[[], Built]:
        def build() -> Built:
            x = library.symbol("x")
            return formula(library, x, n), [x]

        return build

    return builder


EXTRA: dict[str, tuple[Builder, int, str]] = {
    "Rosenbrock, Hessian": (FORMULAS["Rosenbrock"][0], 1000, "hessian"),
    "nesting, short": (FORMULAS["nesting"][0], 20, "gradient"),
    "exp(sin(x)), 12th": (of_x(lambda library, x, n: library.exp(library.sin(x))), 1, "twelfth"),
    "tan(x), 12th": (of_x(lambda library, x, n: library.tan(x)), 1, "twelfth"),
    "chain of sines": (of_x(sines), 100_000, "gradient"),
    "Horner's scheme": (of_x(horner), 100_000, "gradient"),
}
CASES = {name: (builder, n, "gradient") for name, (builder, n) in FORMULAS.items()} | EXTRA
FIXED = ("exp(sin(x)), 12th", "tan(x), 12th")  # they have no size


def case(name: str, label: str, n: int) -> Iterator[tuple[str, float]]:
    """Milliseconds of each part, and the sum of the numbers of the first call."""
    setrlimit(RLIMIT_AS, (MEMORY, MEMORY))
    maker = MAKERS[label]()
    library, (builder, _, kind) = LIBRARIES[maker.library](), CASES[name]
    # Imports and tables that a library makes when first used are not what grows.
    for _ in life(maker, of_x(unlike)(library, 1) if name in FIXED else builder(library, 2), kind):
        pass
    yield from life(maker, builder(library, n), kind)


def unlike(library: Library, x: Any, n: int) -> Any:
    return library.exp(x) * library.tan(x) + library.sin(x)


def life(maker: Maker, build: Callable[[], Built], kind: str) -> Iterator[tuple[str, float]]:
    start = thread_time()
    e, xs = build()
    yield "build", (thread_time() - start) * 1e3
    start = thread_time()
    slopes = maker.kinds[kind](e, xs)
    yield "derivatives", (thread_time() - start) * 1e3
    start = thread_time()
    function = maker.function(slopes, xs)
    yield "callable", (thread_time() - start) * 1e3
    point = [0.5 + i % 7 / 100 for i in range(len(xs))]
    start = thread_time()
    numbers = function(point)
    yield "first call", (thread_time() - start) * 1e3
    yield "sum", fsum(numbers)


# --------------------------------------------------------------------------------------------------------------- tables


def tables(quick: bool) -> list[Table]:
    shrink, repeats, patience = (20, 1, 5) if quick else (1, 5, PATIENCE)
    sizes = {name: max(2, n // shrink) if n > 1 else 1 for name, (_, n, _) in CASES.items()}
    found = {name: together({m: (case, name, m, n) for m in MAKERS}, repeats, patience) for name, n in sizes.items()}
    return [ahead(sizes, found), parts(sizes, found), growing(sizes, repeats)]


def ahead(sizes: dict[str, int], found: dict[str, dict[str, dict[str, Any]]]) -> Table:
    """The whole time of each, and how many times ours the fastest peer takes."""
    rows = []
    for name, said in found.items():
        agree(name, said)
        ours, *theirs = [whole(s) for s in said.values()]
        fastest = min([t for t in theirs if isinstance(t, int | float)], default=None)
        rows.append([titled(name, sizes[name]), ours, *theirs, ratio(ours, fastest)])
    return Table("From nothing to the first numbers", ["ms", *MAKERS, "fastest peer, times symdiff"], rows)


def agree(name: str, said: dict[str, dict[str, Any]]) -> None:
    """Raises AssertionError if the libraries have found different numbers."""
    sums = [s["sum"] for s in said.values() if "sum" in s]
    if not all(isclose(u, sums[0], rel_tol=1e-9) for u in sums):
        raise AssertionError(f"{name}: {dict(zip(said, sums, strict=False))}")


def whole(said: dict[str, Any]) -> Cell:
    end: Cell = said.get("end")
    return end or fsum(said[part] for part in PARTS)


def titled(name: str, n: int) -> str:
    return name if name in FIXED else f"{name}, n = {n:,}"


def parts(sizes: dict[str, int], found: dict[str, dict[str, dict[str, Any]]]) -> Table:
    rows = [
        [titled(name, sizes[name]), maker, *[s.get(part) for part in PARTS], whole(s)]
        for name, said in found.items()
        for maker, s in said.items()
    ]
    return Table("Part by part", ["ms", "", *PARTS, "all"], rows)


def growing(sizes: dict[str, int], repeats: int) -> Table:
    rows = []
    for name, n in sizes.items():
        if name not in FIXED:
            found = together({str(k): (case, name, "symdiff", k * n) for k in (1, 2, 4)}, repeats)
            times = [whole(said) for said in found.values()]
            rows.append([titled(name, n), *times, ratio(times[0], times[2])])
    return Table("Linear in the input", ["symdiff, ms", "n", "2n", "4n", "4n : n"], rows)
