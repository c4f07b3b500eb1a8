"""How much work may be done: seconds, nodes, bits. What runs out raises `SpentError`; the best so far stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter

from symdiff.errors import LimitError, OperandError

SECONDS, NODES, BITS = 5.0, 1_000_000, 1 << 14
VERB_SECONDS = 10.0  # for a verb, which has all or nothing to show


class SpentError(Exception):
    """The budget is used up; the text says which part of it. Never reaches a user: it ends one attempt."""


@dataclass(frozen=True)
class Budget:
    """Seconds of time, nodes that may be looked at, bits of a coefficient; the clock starts when it is made.

    >>> Budget(seconds=0.5).seconds
    0.5
    """

    seconds: float = SECONDS
    nodes: int = NODES
    bits: int = BITS
    end: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "end", perf_counter() + self.seconds)

    def check(self) -> None:
        """Raises SpentError once the time is over."""
        if perf_counter() > self.end:
            raise SpentError("time")

    def share(self, part: float) -> Budget:
        """A budget of this part of the time that is left."""
        return Budget(max(self.end - perf_counter(), 0.0) * part, self.nodes, self.bits)


def budget_of(budget: object) -> Budget:
    """The budget meant: one as it is, a number of seconds, or the default. Raises OperandError for none of them."""
    if budget is None:
        return Budget()
    if isinstance(budget, Budget):
        return Budget(budget.seconds, budget.nodes, budget.bits)
    if isinstance(budget, (int, float)) and budget > 0:
        return Budget(float(budget))
    raise OperandError(f"a budget is a positive number of seconds or a Budget, not {budget!r}")


# ------------------------------------------------------------------------------------------------- the clock of a verb

RUNNING: ContextVar[Budget | None] = ContextVar("RUNNING", default=None)  # of the verb that is at work in this thread


@contextmanager
def timed(name: str, budget: Budget | float | None) -> Iterator[None]:
    """While inside, `tick` watches the seconds of this budget; over, they end in a LimitError that names the verb.

    A verb that another one calls runs on the clock of that one. Raises OperandError for what is no budget.
    """
    if RUNNING.get() is not None:
        yield
        return
    clock = budget_of(VERB_SECONDS if budget is None else budget)
    token = RUNNING.set(clock)
    try:
        yield
    except SpentError:
        hint = f"rewrite a part of the formula, or in Python allow more time, as in budget={6 * clock.seconds:g}"
        raise LimitError(f"{name} took longer than {clock.seconds:g} s", hint) from None
    finally:
        RUNNING.reset(token)


def tick() -> None:
    """Raises SpentError once the time of the verb at work is over; called in every loop that may be long."""
    clock = RUNNING.get()
    if clock is not None:
        clock.check()
