"""The contestants of the bench `eval` under one interface: the rows of a problem, and a call that computes them all."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.fresh import ROOT
from benchmarks.problems import Problem

Rows: TypeAlias = Any  # the value and the partial derivatives, as the contestant has them
Call: TypeAlias = Callable[[], Any]


@dataclass(frozen=True)
class Contestant:
    """How one library derives the rows, and how it makes the call that computes them.

    The call is made for an array x of n points and fills rows made before, where the library can; or, where x is a
    float, for one point.
    """

    modules: Sequence[str]
    rows: Callable[[Problem], Rows]
    call: Callable[[Problem, Rows, Any, int], Call]


# ---------------------------------------------------------------------------------------------------------- the project


def the_project(backend: str) -> Contestant:
    def rows(problem: Problem) -> Rows:
        import symdiff

        return problem.formula(symdiff, *map(symdiff.Sym, problem.names))

    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        from symdiff.numeric.compile import compile

        wrt = list(problem.parameters)
        f = compile(rows, problem.names, "gradient", backend=backend, wrt=wrt, threads=threads)
        if isinstance(x, float):
            return partial(f, x, *problem.values)
        out = empty(problem, x)
        return partial(f, x, *problem.values, out=(out[0], out[1:]))

    return Contestant(["symdiff", "symdiff.numeric.compile", "numpy"], rows, call)


def empty(problem: Problem, x: Any) -> Any:
    import numpy as np

    return np.empty((problem.rows, x.size))


# -------------------------------------------------------------------------------------------------------------- by hand

# gcc would merge sin(t) and cos(t) into one call, which no vector library has; kept apart, both are vectorised.
FAST = ["-O3", "-march=native", "-ffast-math", "-fno-builtin-sin", "-fno-builtin-cos"]
GCC = {"gcc": FAST, "gcc, OpenMP": [*FAST, "-fopenmp"], "gcc without -ffast-math": ["-O3", "-march=native"]}
LOOPS = Path(__file__).parent / "by_hand" / "loops.c"


def library_of(variant: str) -> Path:
    """The shared library of a variant of `GCC`, which `built` makes."""
    return ROOT / "build" / "benchmarks" / f"{variant}.so"


def built(variant: str) -> Path:
    path = library_of(variant)
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["gcc", *GCC[variant], "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", str(LOOPS)]
    subprocess.run([*command, "-o", str(path), "-lmvec", "-lm"], check=True)
    return path


def vector_functions(variant: str) -> list[str]:
    """The functions of libmvec that the library calls, as the ABI mangles them."""
    listed = subprocess.run(["nm", "-D", str(library_of(variant))], capture_output=True, text=True, check=True).stdout
    return sorted({word.partition("@")[0] for word in listed.split() if word.startswith("_ZGV")})


def gcc(variant: str, *, from_arrays: bool = False) -> Contestant:
    """The loops as they are; or, `from_arrays`, called with arrays and numbers as the project is."""

    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        import numpy as np

        loops = ctypes.CDLL(str(library_of(variant)))
        if "OpenMP" in variant:
            loops.omp_set_num_threads(threads)
        loop, out, parameters = getattr(loops, problem.name), empty(problem, x), np.array(problem.values)
        loop.restype, loop.argtypes = None, [ctypes.c_size_t, *[ctypes.c_void_p] * 3]

        def f(x: Any, *values: float, out: Any) -> Any:
            loop(x.size, x.ctypes.data, np.array(values).ctypes.data, out.ctypes.data)
            return out

        if from_arrays:
            return partial(f, x, *problem.values, out=out)
        # Addresses taken before: what is timed is the loop, and next to nothing of Python.
        fill = partial(loop, x.size, x.ctypes.data, parameters.ctypes.data, out.ctypes.data)
        held = (x, parameters, out)
        return lambda: fill() or held[-1]

    return Contestant(["numpy"], lambda problem: None, call)


def by_hand(module: str) -> Contestant:
    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        return partial(getattr(import_module(f"benchmarks.by_hand.{module}"), problem.name), x, *problem.values)

    return Contestant([f"benchmarks.by_hand.{module}"], lambda problem: None, call)


# ---------------------------------------------------------------------------------------------------------------- peers


def casadi() -> Contestant:
    def rows(problem: Problem) -> Rows:
        import casadi as ca

        xs = list(map(ca.SX.sym, problem.names))
        e = problem.formula(ca, *xs)
        return xs, [e, *[ca.gradient(e, p) for p in xs[1:]]]

    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        import casadi as ca
        import numpy as np

        one = ca.Function("f", *rows)
        if isinstance(x, float):
            return partial(one, x, *problem.values)
        # Buffers spare it the conversion of arrays to matrices of its own and back.
        buffer, evaluate = one.map("mapped", "serial", x.size, list(range(1, problem.rows)), []).buffer()
        out, arguments = empty(problem, x), [x, *[np.array([value]) for value in problem.values]]
        for i, argument in enumerate(arguments):
            buffer.set_arg(i, memoryview(argument))
        for i, row in enumerate(out):
            buffer.set_res(i, memoryview(row))
        held = (buffer, arguments, out)  # the buffer has addresses only
        return lambda: evaluate() or held[-1]

    return Contestant(["casadi", "numpy"], rows, call)


def symengine() -> Contestant:
    def rows(problem: Problem) -> Rows:
        import symengine as se

        xs = list(map(se.Symbol, problem.names))
        e = problem.formula(se, *xs)
        return xs, [e, *[e.diff(p) for p in xs[1:]]]

    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        import numpy as np
        import symengine as se

        f = se.Lambdify(*rows, backend="llvm", cse=True)
        if isinstance(x, float):
            return partial(f, np.array([x, *problem.values]))
        points = np.column_stack([x, *[np.full(x.size, value) for value in problem.values]])
        out = np.empty((x.size, problem.rows))
        return lambda: f(points, out=out).T

    return Contestant(["symengine", "numpy"], rows, call)


def sympy_rows(problem: Problem) -> Rows:
    import sympy as sp

    xs = list(map(sp.Symbol, problem.names))
    e = problem.formula(sp, *xs)
    return xs, [e, *[e.diff(p) for p in xs[1:]]]


def sympy() -> Contestant:
    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        from sympy import lambdify

        f = lambdify(*rows, modules="math" if isinstance(x, float) else "numpy", cse=True)
        return partial(f, x, *problem.values)

    return Contestant(["sympy", "numpy"], sympy_rows, call)


def numba() -> Contestant:
    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        from numba import njit

        from benchmarks.by_hand import scalars

        one = njit(fastmath=True)(getattr(scalars, problem.name))

        @njit(fastmath=True)
        def loop(points: Any, parameters: Any, rows: Any) -> None:
            for i in range(points.size):
                values = one(points[i], *parameters)
                for j in range(len(values)):
                    rows[j, i] = values[j]

        out, parameters = empty(problem, x), tuple(map(float, problem.values))
        return lambda: loop(x, parameters, out) or out

    return Contestant(["numba", "numpy"], lambda problem: None, call)


def jax() -> Contestant:
    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        import jax
        from sympy import lambdify

        jax.config.update("jax_enable_x64", True)
        f = jax.jit(lambdify(*rows, modules="jax", cse=True))
        return lambda: jax.block_until_ready(f(x, *problem.values))

    return Contestant(["jax", "sympy", "numpy"], sympy_rows, call)


def numexpr() -> Contestant:
    def call(problem: Problem, rows: Rows, x: Any, threads: int) -> Call:
        import numexpr as ne
        from sympy import lambdify

        ne.set_num_threads(threads)
        fs = [lambdify(rows[0], row, modules="numexpr") for row in rows[1]]
        return lambda: [f(x, *problem.values) for f in fs]

    return Contestant(["numexpr", "sympy", "numpy"], sympy_rows, call)


CONTESTANTS: dict[str, Contestant] = {
    "symdiff, llvm": the_project("llvm"),
    "symdiff, numpy": the_project("numpy"),
    "symdiff, auto": the_project("auto"),
    "symdiff, math": the_project("math"),
    **{variant: gcc(variant) for variant in GCC},
    "gcc, called with arrays": gcc("gcc", from_arrays=True),
    "NumPy by hand": by_hand("arrays"),
    "math by hand": by_hand("scalars"),
    "casadi": casadi(),
    "symengine, LLVM": symengine(),
    "sympy lambdify": sympy(),
    "numba": numba(),
    "jax": jax(),
    "numexpr": numexpr(),
}
