"""Whole processes, on the wall clock: one derivative from the command line, and what an import costs.

A bare `python -c pass` is measured in the same turns and shown; the second table takes it off. All modules are compiled
before, as an installation leaves them: a first turn, whose times are dropped, sees to it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from statistics import median
from time import perf_counter

from benchmarks.fresh import ROOT
from benchmarks.results import Cell, Table, ratio

FORMULA = "x^2*sin(x)*exp(x)"
WITH_SYMPY = f"""
from sympy import Symbol, diff
from sympy.parsing.sympy_parser import parse_expr
print(diff(parse_expr("{FORMULA.replace("^", "**")}"), Symbol("x")))
"""
WITH_SYMENGINE = f"""
from symengine import Symbol, sympify
print(sympify("{FORMULA}").diff(Symbol("x")))
"""

PROCESSES = {
    "python -c pass": ["-c", "pass"],
    f"symdiff diff '{FORMULA}'": ["-m", "symdiff", "diff", FORMULA],
    "the same with sympy": ["-c", WITH_SYMPY],
    "the same with symengine": ["-c", WITH_SYMENGINE],
    "import symdiff": ["-c", "import symdiff"],
    "import sympy": ["-c", "import sympy"],
    "import symengine": ["-c", "import symengine"],
    "import casadi": ["-c", "import casadi"],
}


def tables(quick: bool) -> list[Table]:
    seconds = taking_turns(3 if quick else 15)
    bare, ours = seconds["python -c pass"], seconds[f"symdiff diff '{FORMULA}'"]
    whole: list[list[Cell]] = [
        [name, s * 1e3, ratio(ours, s)] for name, s in seconds.items() if not name.startswith("import")
    ]
    imports: list[list[Cell]] = [[name, (s - bare) * 1e3] for name, s in seconds.items() if name.startswith("import")]
    return [
        Table("One derivative, the whole process", ["ms", "", "times symdiff"], whole),
        Table("Imports, beyond python -c pass", ["ms", ""], imports),
    ]


def taking_turns(repeats: int) -> dict[str, float]:
    compiling = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    seen: dict[str, list[float]] = defaultdict(list)
    for _ in range(1 + repeats):
        for name, arguments in PROCESSES.items():
            start = perf_counter()
            subprocess.run([sys.executable, *arguments], cwd=ROOT, env=compiling, capture_output=True, check=True)
            seen[name].append(perf_counter() - start)
    return {name: median(times[1:]) for name, times in seen.items()}
