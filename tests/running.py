"""Run generated code in its own language, each in a process of its own (SQL in a database of its own)."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from symdiff.numeric.code import Code

Points = Sequence[Sequence[float]]
Runner = Callable[[Path, Code, Points, int], list[list[float]]]
COMPILER = next(filter(None, map(shutil.which, ("gcc", "cc", "clang"))), None)
NODE = shutil.which("node")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")


def run(language: str, folder: Path, code: Code, points: Points, count: int) -> list[list[float]]:
    """The `count` results of the function `f` at each point. Skips where the machine lacks the language."""
    return RUNNERS[language](folder, code, points, count)


def spoken(points: Points) -> str:
    """Points as text, one a line."""
    return "".join([" ".join(map(repr, point)) + "\n" for point in points])


def heard(text: str) -> list[list[float]]:
    return [[float(word) for word in line.split()] for line in text.splitlines()]


def process(command: Sequence[str], points: Points = ()) -> list[list[float]]:
    """What a process answers; whatever it complains of is a failure."""
    done = subprocess.run(command, input=spoken(points), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return heard(done.stdout)


def compiled(folder: Path, code: Code, main: str, *flags: str) -> str:
    """The path of a program: the code, compiled without a warning, and a main function that includes its header."""
    if COMPILER is None:
        pytest.skip("no C compiler here")
    (folder / "f.c").write_text(code, encoding="utf-8")
    (folder / "f.h").write_text(code.header, encoding="utf-8")
    (folder / "main.c").write_text(f'#include <stdio.h>\n#include <stdlib.h>\n#include "f.h"\n{main}', encoding="utf-8")
    program = str(folder / "program")
    files = [str(folder / "main.c"), str(folder / "f.c")]
    process([COMPILER, *STRICT, *(flags or ("-O1",)), *files, "-o", program, "-lm"])
    return program


def in_c(folder: Path, code: Code, points: Points, count: int) -> list[list[float]]:
    n = len(points[0])
    args = [f"x[{i}]" for i in range(n)]
    call = f"out[0] = f({', '.join(args)});" if count == 1 else f"f({', '.join([*args, 'out'])});"
    main = f"""int main(void) {{
    double x[{n}], out[{count}];
    for (;;) {{
        for (int i = 0; i < {n}; i++) if (scanf("%lf", &x[i]) != 1) return 0;
        {call}
        for (int i = 0; i < {count}; i++) printf("%.17g ", out[i]);
        printf("\\n");
    }}
}}
"""
    return process([compiled(folder, code, main)], points)


PYTHON_MAIN = """
import sys
for line in sys.stdin:
    found = f(*map(float, line.split()))
    print(*map(repr, map(float, found if isinstance(found, tuple) else (found,))))
"""

NUMPY_MAIN = """
import sys
import warnings
warnings.simplefilter("error")
points = [[float(word) for word in line.split()] for line in sys.stdin]
found = f(*np.array(points).T)
found = found if isinstance(found, tuple) else (found,)
assert all(result.shape == (len(points),) for result in found)
for row in zip(*found):
    print(*map(repr, map(float, row)))
"""

NODE_MAIN = """
const { f } = require("./f.js");
const number = word => word === "inf" ? Infinity : word === "-inf" ? -Infinity : Number(word);
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\\n"))
    console.log([f(...line.split(" ").map(number))].flat().join(" "));
"""


def in_python(folder: Path, code: Code, points: Points, count: int) -> list[list[float]]:
    (folder / "f.py").write_text(code + PYTHON_MAIN, encoding="utf-8")
    return process([sys.executable, str(folder / "f.py")], points)


def in_numpy(folder: Path, code: Code, points: Points, count: int) -> list[list[float]]:
    (folder / "f_numpy.py").write_text(code + NUMPY_MAIN, encoding="utf-8")
    return process([sys.executable, str(folder / "f_numpy.py")], points)


def in_node(folder: Path, code: Code, points: Points, count: int) -> list[list[float]]:
    if NODE is None:
        pytest.skip("no node here")
    (folder / "f.js").write_text(code, encoding="utf-8")
    (folder / "main.js").write_text(NODE_MAIN, encoding="utf-8")
    return process([NODE, str(folder / "main.js")], points)


def in_sqlite(folder: Path, code: Code, points: Points, count: int) -> list[list[float]]:
    """The columns after those of the arguments; arguments are x, y, z, w as far as there are numbers."""
    names = ["x", "y", "z", "w"][: len(points[0])]
    with sqlite3.connect(":memory:") as database:
        try:
            database.execute("SELECT exp(1)")
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no mathematical functions")
        database.execute(f"CREATE TABLE data ({', '.join(names)})")
        database.executemany(f"INSERT INTO data VALUES ({', '.join('?' * len(names))})", points)
        rows = database.execute(code).fetchall()
    database.close()
    return [[float("nan") if value is None else float(value) for value in row[len(names) :]] for row in rows]


RUNNERS: dict[str, Runner] = {
    "c": in_c,
    "python": in_python,
    "numpy": in_numpy,
    "javascript": in_node,
    "sql": in_sqlite,
}
