"""The two formulas of the bench `eval`, over the functions of any library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """A formula over the functions of a module, its variable x first, and the values of its parameters."""

    name: str
    formula: Callable[..., Any]
    parameters: Mapping[str, float]

    @property
    def names(self) -> list[str]:
        return ["x", *self.parameters]

    @property
    def values(self) -> list[float]:
        return list(self.parameters.values())

    @property
    def rows(self) -> int:
        return 1 + len(self.parameters)


def decay(m: Any, x: Any, a: Any, b: Any, c: Any, mu: Any, s: Any, d: Any, w: Any, p: Any) -> Any:
    bell = m.exp(-((x - mu) ** 2) / (2 * s**2))
    return a * m.exp(-b * x) + c * bell + d * m.sin(w * x + p) / (1 + x**2)


def swing(m: Any, x: Any, A: Any, k: Any, w: Any, p: Any, C: Any) -> Any:
    return A * m.exp(-k * x**2) * m.sin(w * x + p) + C * x / (1 + m.exp(-x)) + 0.1 * x**2 - 0.3


PROBLEMS = {
    "decay": Problem("decay", decay, {"a": 1.5, "b": 0.7, "c": 0.8, "mu": 0.3, "s": 0.6, "d": 0.4, "w": 2.0, "p": 0.5}),
    "swing": Problem("swing", swing, {"A": 1.2, "k": 0.3, "w": 2.0, "p": 0.5, "C": 0.8}),
}
