"""Evaluation: a formula and all its partial derivatives, at one point and at up to ten million.

decay: a exp(-bx) + c exp(-(x-mu)^2/(2s^2)) + d sin(wx+p)/(1+x^2), with 8 partial derivatives; swing: A exp(-kx^2)
sin(wx+p) + Cx/(1+exp(-x)) + 0.1x^2 - 0.3, with 5. All in float64, x in [-3, 3]. Results go into arrays made before
where a library allows it (the project, gcc, casadi, symengine, numba); each is compared with NumPy's by hand, to 1e-12,
before it is timed. gcc -O3 -march=native -ffast-math has the loops of `benchmarks/by_hand/loops.c`, their addresses
taken before: at 1,000 points its figure is that of the loop, the project's and that of "gcc, called with arrays" have a
call from Python in them. On one thread the time is that of the thread, on two that of the clock. numba, jax and
numexpr, which take 400 MB, are shown where they are installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from compileall import compile_dir
from importlib import import_module
from importlib.util import find_spec
from shutil import which
from statistics import median
from time import perf_counter, thread_time
from typing import Any, TypeAlias

from benchmarks.evaluators import CONTESTANTS, GCC, Call, built, vector_functions
from benchmarks.fresh import ROOT, together
from benchmarks.problems import PROBLEMS, Problem
from benchmarks.results import Cell, Table, ratio

SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
ONE_THREAD = (
    "symdiff, llvm", "symdiff, numpy", "gcc", "gcc, called with arrays", "gcc without -ffast-math", "NumPy by hand",
    "casadi", "symengine, LLVM", "sympy lambdify", "numba", "numexpr",
)  # fmt: skip
TWO_THREADS = ("symdiff, llvm", "symdiff, numpy", "symdiff, auto", "gcc, OpenMP", "jax", "numexpr")
ONE_POINT = ("symdiff, math", "math by hand", "casadi", "symengine, LLVM", "sympy lambdify")
FIRST = (
    "symdiff, llvm", "symdiff, numpy", "symdiff, math", "casadi", "symengine, LLVM", "sympy lambdify", "numba", "jax",
)  # fmt: skip

Found: TypeAlias = dict[str, dict[str, Any]]


# ---------------------------------------------------------------------------------------------------------------- cases


def many(name: str, contestant: str, n: int, threads: int, least: float) -> Iterator[tuple[str, Any]]:
    """Nanoseconds a point at n points."""
    import numpy as np

    problem, x = PROBLEMS[name], np.linspace(-3, 3, n)
    call = ready(problem, contestant, x, threads)
    check(problem, x, listed(call()))
    yield "ns", nanoseconds(call, thread_time if threads == 1 else perf_counter, least) / n
    if contestant.startswith("symdiff"):
        yield "backend", call.func.backend  # type: ignore[attr-defined]  # the call is a `partial` of what compile gave


def one(name: str, contestant: str, least: float) -> Iterator[tuple[str, Any]]:
    """Nanoseconds at one point."""
    import numpy as np

    problem, x = PROBLEMS[name], 0.7
    call = ready(problem, contestant, x, 1)
    check(problem, np.array([x]), np.reshape([float(value) for value in listed(call())], (-1, 1)))
    yield "ns", nanoseconds(call, thread_time, least)


def first(name: str, contestant: str) -> Iterator[tuple[str, Any]]:
    """Milliseconds of the imports, of the derivatives, and of the callable with its first call."""
    start, chosen = perf_counter(), CONTESTANTS[contestant]
    for module in chosen.modules:
        import_module(module)
    if contestant == "symdiff, llvm":
        import_module("llvmlite.binding")
    yield "import", (perf_counter() - start) * 1e3
    problem, x = PROBLEMS[name], 0.7 if contestant == "symdiff, math" else import_module("numpy").linspace(-3, 3, 1000)
    start = thread_time()
    rows = chosen.rows(problem)
    yield "derivatives", (thread_time() - start) * 1e3
    start = thread_time()
    call = chosen.call(problem, rows, x, 1)
    yield "callable", (thread_time() - start) * 1e3
    start = thread_time()
    call()
    yield "first call", (thread_time() - start) * 1e3


def ready(problem: Problem, contestant: str, x: Any, threads: int) -> Call:
    chosen = CONTESTANTS[contestant]
    return chosen.call(problem, chosen.rows(problem), x, threads)


def nanoseconds(call: Call, clock: Callable[[], float], least: float) -> float:
    """The median of three runs or more, each of calls enough for a fiftieth of a second, in `least` seconds or more."""
    calls = 1
    while timed(call, calls, clock) < 0.02:
        calls *= 2
    runs: list[float] = []
    while len(runs) < 3 or sum(runs) < least:
        runs.append(timed(call, calls, clock))
    return median(runs) / calls * 1e9


def timed(call: Call, calls: int, clock: Callable[[], float]) -> float:
    start = clock()
    for _ in range(calls):
        call()
    return clock() - start


def listed(results: Any) -> list[Any]:
    """The rows one by one; the project has the value, and the partial derivatives together."""
    if len(results) == 2:
        return [results[0], *results[1]]
    return list(results)


def check(problem: Problem, x: Any, results: Iterable[Any]) -> None:
    """Raises AssertionError unless the first and the last points have the values of NumPy by hand."""
    import numpy as np

    from benchmarks.by_hand import arrays

    for some in (slice(0, 10_000), slice(-1000, None)):
        wanted = getattr(arrays, problem.name)(x[some], *problem.values)
        for row, right in zip(results, wanted, strict=True):
            np.testing.assert_allclose(np.asarray(row)[some], right, rtol=1e-12, atol=1e-12)


# --------------------------------------------------------------------------------------------------------------- tables


def tables(quick: bool) -> list[Table]:
    sizes, repeats, least = (SIZES[:2], 1, 0.02) if quick else (SIZES, 3, 0.3)
    compile_dir(ROOT / "symdiff", quiet=1)  # as pip does: otherwise the first call would compile what it imports
    if which("gcc"):
        for variant in GCC:
            built(variant)
    points = {name: {n: together(of_many(name, ONE_THREAD, n, 1, least), repeats) for n in sizes} for name in PROBLEMS}
    single = {name: together({c: (one, name, c, least) for c in ONE_POINT}, repeats) for name in PROBLEMS}
    begun = {name: together({c: (first, name, c) for c in installed(FIRST)}, repeats) for name in PROBLEMS}
    return [
        asked(points, single, begun),
        *[many_points(f"{name}: {rows(name)} rows, one thread", said) for name, said in points.items()],
        *[two_threads(name, quick, repeats, least) for name in PROBLEMS],
        *[one_point(name, said) for name, said in single.items()],
        *[beginnings(name, said) for name, said in begun.items()],
    ]


def of_many(name: str, contestants: Sequence[str], n: int, threads: int, least: float) -> dict[str, tuple[Any, ...]]:
    return {c: (many, name, c, n, threads, least) for c in installed(contestants)}


def installed(contestants: Sequence[str]) -> list[str]:
    return [c for c in contestants if all(find_spec(m.partition(".")[0]) for m in CONTESTANTS[c].modules)]


def rows(name: str) -> int:
    return PROBLEMS[name].rows


def asked(points: dict[str, dict[int, Found]], single: dict[str, Found], begun: dict[str, Found]) -> Table:
    """What the project has promised itself, and whether it keeps it."""
    lines: list[tuple[str, Cell, float]] = []
    for name, by_size in points.items():
        for n, said in by_size.items():
            lines.append((f"{name}: llvm / gcc at {n:,}", over(said, "symdiff, llvm", "gcc"), 1))
        called = over(by_size[1_000], "symdiff, llvm", "gcc, called with arrays")
        million = over(by_size.get(1_000_000, {}), "symdiff, numpy", "NumPy by hand")
        lines += [
            (f"{name}: llvm / gcc, called with arrays, at 1,000", called, 1),
            (f"{name}: numpy / NumPy by hand at 1,000,000", million, 0.5),
            (f"{name}: math / math by hand", over(single[name], "symdiff, math", "math by hand"), 1.2),
            (f"{name}: first compile by llvm, ms", milliseconds(begun[name]["symdiff, llvm"]), 50),
        ]
    rows = [[what, found, most, verdict(found, most)] for what, found, most in lines]
    return Table("What is asked", ["", "measured", "at most", "kept"], rows)


def verdict(found: Cell, most: float) -> Cell:
    if found is None:
        return None
    return "yes" if isinstance(found, int | float) and found <= most else "no"


def over(said: Found, ours: str, theirs: str) -> Cell:
    u, v = said.get(ours, {}).get("ns"), said.get(theirs, {}).get("ns")
    return float(u / v) if u and v else None


def milliseconds(said: dict[str, Any]) -> Cell:
    """Of the callable and its first call."""
    return said["callable"] + said["first call"] if "first call" in said else said.get("end")


def many_points(title: str, by_size: dict[int, Found], base: str = "gcc", notes: Sequence[str] = ()) -> Table:
    sizes = list(by_size)
    lines = [
        [
            c,
            *[by_size[n][c].get("ns", by_size[n][c].get("end")) for n in sizes],
            *[over(by_size[n], c, base) for n in sizes],
        ]
        for c in by_size[sizes[0]]
    ]
    heads = ["ns a point", *[f"{n:,}" for n in sizes], *[f"to {base}: {n:,}" for n in sizes]]
    called = ", ".join(vector_functions("gcc")) if which("gcc") and which("nm") else "unknown"
    return Table(title, heads, lines, [*notes, f"gcc calls, of libmvec: {called}."])


def two_threads(name: str, quick: bool, repeats: int, least: float) -> Table:
    by_size = {
        n: together(of_many(name, TWO_THREADS, n, 2, least), repeats) for n in (SIZES[1:2] if quick else SIZES[2:])
    }
    chosen = {n: said["symdiff, auto"].get("backend") for n, said in by_size.items()}
    notes = [f"Backend auto took {', '.join(f'{backend} at {n:,}' for n, backend in chosen.items())}."]
    return many_points(f"{name}: {rows(name)} rows, two threads", by_size, "gcc, OpenMP", notes)


def one_point(name: str, said: Found) -> Table:
    lines = [[c, found.get("ns", found.get("end")), over(said, c, "math by hand")] for c, found in said.items()]
    return Table(f"{name}: {rows(name)} values at one point", ["ns", "", "to math by hand"], lines)


def beginnings(name: str, said: Found) -> Table:
    parts = ("import", "derivatives", "callable", "first call")
    lines = [[c, *[found.get(part) for part in parts], milliseconds(found)] for c, found in said.items()]
    ours = said["symdiff, llvm"]
    versus = [[*line, ratio(milliseconds(ours), line[-1])] for line in lines]
    heads = ["ms", *parts, "callable and first call", "times symdiff, llvm"]
    notes = [
        "First call: of math at one point, of the others at 1,000. Import by the clock, the rest by the processor.",
        "The project derives as it makes the callable.",
    ]
    return Table(f"{name}: from the formula to the first values", heads, versus, notes)
