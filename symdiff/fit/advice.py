"""Advice that names settings of a fit: text in which they are data, so that each surface writes them in its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = float | str | tuple[str, ...] | Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Setting:
    """An argument of `fit` and the value to give it; without a value it is only named."""

    name: str
    value: Value = None


def argument(setting: Setting) -> str:
    """The setting as an argument of Python.

    >>> argument(Setting("rate", {"a": 0.1, "b": 2})), argument(Setting("y", "log(y)")), argument(Setting("x"))
    ('rate={"a": 0.1, "b": 2}', 'y="log(y)"', 'x=')
    """
    return f"{setting.name}={written(setting.value)}"


def written(value: Value) -> str:
    """A value as it would be typed in Python."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{name}": {plain(number)}' for name, number in value.items()) + "}"
    return f"[{', '.join(map(written, value))}]" if isinstance(value, tuple) else plain(value)


def plain(number: float) -> str:
    """A number as short as it can be typed: a whole one in full."""
    return str(number) if isinstance(number, int) else f"{number:g}"


class Advice(str):
    """A text that knows where in it settings stand: as a `str` it writes them as arguments of Python.

    >>> advice = Advice("try ", Setting("rate", 0.5))
    >>> str(advice), advice.spelled(lambda setting: f"--{setting.name} {setting.value}")
    ('try rate=0.5', 'try --rate 0.5')
    """

    parts: tuple[str | Setting, ...]

    def __new__(cls, *parts: str | Setting) -> Advice:
        made = super().__new__(cls, "".join([argument(p) if isinstance(p, Setting) else p for p in parts]))
        made.parts = tuple([inner for p in parts for inner in (p.parts if isinstance(p, Advice) else (p,))])
        return made

    def spelled(self, spell: Spelling) -> str:
        """The text with each setting as `spell` writes it."""
        return "".join([spell(part) if isinstance(part, Setting) else part for part in self.parts])


Spelling: TypeAlias = Callable[[Setting], str]


def spelled(text: str, spell: Spelling) -> str:
    """A text in which the settings, if it knows of any, are written by `spell`: all else stays as it is."""
    return text.spelled(spell) if isinstance(text, Advice) else text
