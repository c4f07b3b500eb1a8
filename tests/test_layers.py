"""The architecture, read from the source: who imports whom, what is executed, what calls itself."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "symdiff"

FLOORS = ["errors", "core", "text", "calculus", "points", "algebra", "numeric", "fit", "net", "app"]
MAY_IMPORT = {floor: FLOORS[: FLOORS.index(floor) + 1] for floor in FLOORS}
MAY_IMPORT |= {
    "bridge": ["errors", "core", "text", "bridge"],
    "app": [*FLOORS, "bridge"],
    "__init__": [*FLOORS, "bridge"],
    "__main__": ["app"],
}

# fmt: off
# Each third party, and the only files or folders that may name it.
HOMES = {
    "lark":           ["text/parse.py"],
    "flint":          ["algebra/poly.py", "points/ball.py", "points/fields.py"],
    "numpy":          ["numeric/", "fit/", "net/", "app/"],
    "sympy":          ["bridge.py"],
    "llvmlite":       ["numeric/"],
    "matplotlib":     ["fit/", "net/", "app/"],
    "PIL":            ["fit/", "net/", "app/"],
    "pyarrow":        ["fit/"],
    "dask":           ["fit/"],
    "distributed":    ["fit/"],
    "click":          ["app/"],
    "rich":           ["app/"],
    "prompt_toolkit": ["app/"],
}
# fmt: on

# Files that may run source text; there is no reason for one that reads formulas or data to be here.
RUNS_SOURCE = frozenset(["numeric/python.py"])  # what `compile` makes of a tape


class Module(NamedTuple):
    """A module of the package: its path below symdiff/ and its syntax tree."""

    path: str
    tree: ast.Module

    @property
    def floor(self) -> str:
        return self.path.split("/")[0].removesuffix(".py")


class Import(NamedTuple):
    """One imported module, with its line and whether it is imported when the importing module is."""

    name: str
    line: int
    at_once: bool


def read(path: Path) -> Module:
    return Module(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"), str(path)))


MODULES = [read(path) for path in sorted(PACKAGE.rglob("*.py"))]
every_module = pytest.mark.parametrize("module", MODULES, ids=[module.path for module in MODULES])


def imports(module: Module) -> Iterator[Import]:
    """Everything a module imports, in functions too and by import_module("name")."""
    package = ["symdiff", *module.path.split("/")[:-1]]
    deferred = {id(inner) for node in ast.walk(module.tree) if defers(node) for inner in ast.walk(node)}
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names):
                targets = [alias.name for alias in names]
            case ast.ImportFrom(module=name, names=names, level=level):
                base = package[: len(package) - level + 1] if level else []
                base = [*base, *(name.split(".") if name else [])]
                # `from symdiff import core` names a floor, `from symdiff.core import expr` already has.
                targets = [".".join([*base, alias.name]) for alias in names] if len(base) == 1 else [".".join(base)]
            case ast.Call(
                func=ast.Name("import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                targets = [name]
            case _:
                continue
        for target in targets:
            yield Import(target, node.lineno, id(node) not in deferred)


def defers(node: ast.AST) -> bool:
    """Code inside a function or under TYPE_CHECKING does not run on import."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            return True
        case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
        case _:
            return False


def upward_imports(module: Module) -> Iterator[str]:
    if module.floor not in MAY_IMPORT:
        yield f"{module.path}: {module.floor!r} is on no floor"
        return
    for name, line, at_once in imports(module):
        top, *rest = name.split(".")
        if top != "symdiff":
            continue
        target = rest[0] if rest else "the package itself"
        if target not in MAY_IMPORT[module.floor]:
            yield f"{module.path}:{line}: {module.floor} imports {target}"
        elif target == "bridge" and module.floor == "__init__" and at_once:
            yield f"{module.path}:{line}: the bridge is imported before anyone asks for it"


def strangers(module: Module) -> Iterator[str]:
    for name, line, _ in imports(module):
        top = name.split(".")[0]
        if top == "symdiff" or top in sys.stdlib_module_names:
            continue
        if not module.path.startswith(tuple(HOMES.get(top, []))):
            yield f"{module.path}:{line}: {top} lives in {' '.join(HOMES.get(top, [])) or 'no file of this package'}"


def executions(module: Module) -> Iterator[str]:
    """Places where text or bytes could become running code, whether called or handed on."""
    if module.path in RUNS_SOURCE:
        return
    own = bound_names(module.tree)
    for node in ast.walk(module.tree):
        match node:
            case ast.Name(id="eval" | "exec" | "sympify" as name):
                pass
            # symdiff has a `compile` of its own; unless a module imports or defines it, the name is the builtin.
            case ast.Name(id="compile" as name) if "compile" not in own:
                pass
            case ast.Attribute(attr="sympify" as name):
                pass
            case ast.Attribute(value=ast.Name("builtins"), attr="eval" | "exec" | "compile" as name):
                pass
            case ast.Attribute(
                value=ast.Name("pickle" | "marshal" as owner), attr="load" | "loads" | "Unpickler" as name
            ):
                name = f"{owner}.{name}"
            case ast.ImportFrom(module="pickle" | "marshal" | "builtins" | "shelve" as owner):
                name = f"from {owner} import"
            case ast.keyword(arg="allow_pickle" as name, value=ast.Constant(value=True)):
                pass
            case _:
                continue
        yield f"{module.path}:{getattr(node, 'lineno', '?')}: {name}"


def bound_names(tree: ast.AST) -> set[str]:
    """The names a piece of code imports or defines as functions."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=aliases):
                names |= {alias.asname or alias.name for alias in aliases}
            case ast.FunctionDef(name=name):
                names.add(name)
    return names


def recursions(module: Module) -> Iterator[str]:
    """Functions that call themselves by name, methods that call themselves on self or cls."""
    methods = {id(f) for c in ast.walk(module.tree) if isinstance(c, ast.ClassDef) for f in c.body}
    for f in ast.walk(module.tree):
        if not isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(f):
            match node:
                # Inside a method its bare name means the function of the module, not the method.
                case ast.Call(func=ast.Name(id=name)) if name == f.name and id(f) not in methods:
                    yield f"{module.path}:{node.lineno}: {name} calls itself"
                case ast.Call(func=ast.Attribute(value=ast.Name("self" | "cls"), attr=name)) if (
                    name == f.name and id(f) in methods
                ):
                    yield f"{module.path}:{node.lineno}: {name} calls itself"


def test_there_are_modules_to_check():
    assert len(MODULES) > 1


@every_module
def test_a_floor_imports_only_from_itself_and_the_floors_before_it(module):
    assert list(upward_imports(module)) == []


@every_module
def test_a_third_party_is_named_only_where_it_lives(module):
    assert list(strangers(module)) == []


@every_module
def test_nothing_typed_or_read_is_executed(module):
    assert list(executions(module)) == []


@every_module
def test_no_function_calls_itself(module):
    assert list(recursions(module)) == []


# fmt: off
BREACHES = [
    (upward_imports, "core/expr.py",    "from symdiff.text import show"),
    (upward_imports, "core/expr.py",    "def f():\n    from symdiff.algebra.simplify import simplify"),
    (upward_imports, "core/expr.py",    "from ..calculus import diff"),
    (upward_imports, "text/show.py",    "from .. import numeric"),
    (upward_imports, "text/show.py",    "from symdiff import parse"),
    (upward_imports, "text/show.py",    "import importlib\nimportlib.import_module('symdiff.app.cli')"),
    (upward_imports, "fit/models.py",   "import symdiff.bridge"),
    (upward_imports, "bridge.py",       "import symdiff.calculus"),
    (upward_imports, "__init__.py",     "from symdiff.bridge import to_sympy"),
    (upward_imports, "odds/ends.py",    ""),
    (strangers,      "text/show.py",    "import lark"),
    (strangers,      "core/ops.py",     "def f():\n    import numpy as np"),
    (strangers,      "algebra/poly.py", "import scipy"),
    (executions,     "text/parse.py",   "eval(text)"),
    (executions,     "text/parse.py",   "run = exec"),
    (executions,     "text/parse.py",   "compile(text, '', 'eval')"),
    (executions,     "text/save.py",    "import pickle\npickle.loads(text)"),
    (executions,     "text/save.py",    "from pickle import loads"),
    (executions,     "fit/data.py",     "np.load(file, allow_pickle=True)"),
    (executions,     "bridge.py",       "sympy.sympify(text)"),
    (recursions,     "core/fold.py",    "def size(e):\n    return 1 + sum(size(a) for a in e.args)"),
    (recursions,     "core/expr.py",    "class A:\n    def size(self):\n        return self.size()"),
]
# fmt: on


@pytest.mark.parametrize(("check", "path", "source"), BREACHES)
def test_a_breach_is_found(check, path, source):
    assert list(check(Module(path, ast.parse(source))))


# fmt: off
ALLOWED = [
    (upward_imports, "text/show.py",       "from . import parse\nfrom ..core.expr import Expr\nimport symdiff.errors"),
    (upward_imports, "__init__.py",        "def __getattr__(name):\n    from symdiff.bridge import to_sympy"),
    (strangers,      "text/parse.py",      "import lark\nimport math"),
    (executions,     "fit/models.py",      "from symdiff.numeric.compile import compile\ncompile(e, 'x')"),
    (executions,     "text/parse.py",      "import re\nre.compile('x')"),
    (recursions,     "core/expr.py",       "class A:\n    def simplify(self):\n        return simplify(self)"),
]
# fmt: on


@pytest.mark.parametrize(("check", "path", "source"), ALLOWED)
def test_what_is_allowed_is_not_reported(check, path, source):
    assert list(check(Module(path, ast.parse(source)))) == []
