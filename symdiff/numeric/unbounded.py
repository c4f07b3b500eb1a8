"""Why a part of a formula has no proven bounds: what the errors of `ball` say, and how they show numbers."""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

from symdiff.core import ops
from symdiff.core.exact import BITS
from symdiff.core.expr import App, Op
from symdiff.errors import EvaluationError, LimitError
from symdiff.numeric.val import abridged
from symdiff.points.ball import STEPS, Ball, as_ball
from symdiff.points.point import EXACT, Fault, unknown


def nearest(value: Any) -> Any:
    """A value as a number to show: exact where it is, else the float next to it, or an infinity."""
    if value.__class__ in EXACT:
        return value
    if is_large(value.abs_upper()):
        return inf
    n = value.unique_fmpz() if value.is_exact() else None
    return float(value.mid()) if n is None else int(n)


def is_writable(value: Any) -> bool:
    """Whether a message can show the value: it is exact, or a float in range."""
    return value.__class__ in EXACT or isfinite(value)


def is_certain(fault: Fault) -> bool:
    """Whether exact numbers say that there is no value."""
    exact = all([arg.__class__ in EXACT for arg in fault.args])
    return exact and (isinstance(fault.error, ZeroDivisionError) or fault.node.op in (ops.pow, ops.sqrt, ops.root))


def has_no_ball(row: Op) -> bool:
    """Whether nobody has said how balls go through the row."""
    return row.ball is None and row.form not in ("relation", "logic", "cases")


def without_ball(row: Op) -> EvaluationError:
    """What to say about such a row."""
    if row.value is None:
        return unknown(row)
    hint = "operation(name, ..., ball=...) takes a function of python-flint's balls"
    return EvaluationError(f"{row.call} has no proven bounds: it is known on floats only", hint)


def undecided(node: App, near: tuple[Any, ...], bits: int) -> LimitError:
    """The error about a part at whose arguments something changes, which balls do not tell on which side they are."""
    part = abridged(repr(node))
    if node.op.form == "relation":
        u, v = [abridged(repr(arg)) for arg in node.args]
        return LimitError(f"{part} is undecided: with {bits} bits {u} and {v} cannot be told apart")
    told = ", ".join([
        f"{abridged(repr(arg))} {'cannot be told from' if isfinite(value) else 'is beyond'} {written_near(value)}"
        for arg, value in zip(node.args, near, strict=True) if value.__class__ not in EXACT
    ])  # fmt: skip
    what = "is undecided" if node.op in STEPS or node.op.form in ("logic", "cases") else "cannot be bounded"
    return LimitError(f"{part} {what}: with {bits} bits {told}")


def too_wide(part: str, found: Ball, bits: int, digits: int) -> LimitError:
    """The error about bounds of a part that stayed too wide for so many digits."""
    if not found.is_finite():
        return LimitError(f"{part} cannot be bounded to {digits} digits with {bits} bits")
    size = found.abs_upper()
    if is_large(size):
        return LimitError(f"{part} is too large: with {bits} bits its size is below {size_text(size, 1)}")
    if not found.contains(0):
        return LimitError(f"{part} cannot be bounded to {digits} digits with {bits} bits")
    hint = "if it is 0, simplify the formula first; a larger number of digits allows more bits"
    told = f"with {bits} bits its size is at most {size_text(size, 1)}"
    return LimitError(f"{part} cannot be told from 0: {told}", hint)


def not_written_out(part: str, size: Ball) -> LimitError:
    """The error about a value of this size whose bounds have too many bits."""
    return LimitError(f"{part} is too {'large' if is_large(size) else 'small'} to be written out")


def is_large(size: Ball) -> bool:
    """Whether a size is beyond what can be written out."""
    return bool(size > as_ball(2) ** BITS)


def size_text(point: Ball, digits: int) -> str:
    """A number in a few digits; where its exponent is long, the power of ten with a power of ten as exponent above it.

    >>> from symdiff.points.ball import as_ball
    >>> size_text(as_ball(10).exp().exp(), 3), size_text(-(as_ball(2) ** 10**20).abs_upper(), 3)
    ('9.39e+9565', '-10^10^20')
    """
    text: str = point.str(digits, radius=False)
    number, _, exponent = text.partition("e")
    if len(exponent) <= LONGEST:
        return f"{number.rstrip('0').rstrip('.') if '.' in number else number}{text[len(number) :]}"
    power = f"10^{len(exponent) - 1}" if exponent[0] != "-" else f"-10^{len(exponent) - 2}"
    return f"{'-' if number[0] == '-' else ''}10^{power}"


LONGEST = 15  # characters of an exponent that anybody reads


def written_near(value: float) -> str:
    """The number next to which a value lies: an integer, if it is as near as floats can tell."""
    if not isfinite(value):
        return "the floats"
    return str(round(value)) if abs(value) < 1e15 and abs(value - round(value)) < 1e-12 else repr(value)
