"""What a simplification tells beside its result: conditions, steps, and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass

from symdiff.core.expr import Expr


@dataclass(frozen=True)
class Step:
    """One change: the rule's name, the part before and after it, and its place.

    `place` is the path from the root to the part in the formula as it was given: numbers of arguments, from 0. A part
    that stands in several places is named by the first.
    """

    rule: str
    before: Expr
    after: Expr
    place: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule}: {self.before}  ->  {self.after}"


@dataclass(frozen=True)
class Simplification:
    """The result; conditions under which the input had a value and that the result does not need; steps; the end.

    `stopped` is "done", or what ended the search: "time", "nodes", "interrupted". Bits end single powers only.
    """

    result: Expr
    conditions: tuple[Expr, ...] = ()
    steps: tuple[Step, ...] = ()
    stopped: str = "done"
