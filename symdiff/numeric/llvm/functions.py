"""Which emitter writes which operation: the rows of the table and the lowered primitives, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module

from symdiff.numeric.llvm.instructions import Doubt
from symdiff.numeric.llvm.vectors import Vectors

Emitter = Callable[..., str]

PAGES = ("plain", "powers", "exponentials", "logarithms", "areas", "angles", "erf", "gammas")
CARRYING = {"*", "/", "square"}  # of an infinite argument these are infinite, 0 or nan
GUARDED = "guarded "  # before the name of an operation whose underflow and overflow matter


def emitter(op: str) -> Emitter:
    """What writes an operation on vectors; one that no page has is left to the careful path, lane by lane.

    >>> emitter("+")(Vectors(2), "%x", "%y")
    '%v1'
    """
    name = op.removeprefix(GUARDED)
    found = emitters().get(name, elsewhere)
    if name in (op, "reciprocal"):  # a reciprocal is always guarded
        return found
    return partial(guarded, found, name in CARRYING)


@cache
def emitters() -> Mapping[str, Emitter]:
    """All emitters, by the name of the operation."""
    found: dict[str, Emitter] = {}
    for page in PAGES:
        found |= import_module(f"symdiff.numeric.llvm.{page}").FUNCTIONS
    return found


def elsewhere(b: Vectors, *_: str) -> str:
    """An operation that has no vector form: no value here, and every lane flagged."""
    b.flag(b.truth(True))
    return b.constant(float("nan"))


def guarded(written: Emitter, carries: bool, b: Vectors, *args: str) -> str:
    """An operation that is wrong where it is infinite, subnormal or 0 and no argument is infinite or 0."""
    found = written(b, *args)
    causes = [arg for arg in dict.fromkeys(args) if b.value_of(arg) is None]
    b.doubts.append(Doubt(found, causes, carried=causes if carries else ()))
    return found
