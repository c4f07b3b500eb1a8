"""What the words after an option can be: click's types, with refusals in plain words."""

from __future__ import annotations

from typing import Any

import click


class Whole(click.IntRange):
    """A whole number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, if it is one in range."""
        return super().convert(read(int, value, "whole number", self, param, ctx), param, ctx)


class Real(click.FloatRange):
    """A number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number, if it is one in range."""
        return super().convert(read(float, value, "number", self, param, ctx), param, ctx)


def read(
    kind: type,
    value: Any,
    what: str,
    of: click.types.IntRange | click.types.FloatRange,
    param: click.Parameter | None,
    ctx: click.Context | None,
) -> Any:
    """The value as a number of this kind."""
    try:
        return kind(value)
    except ValueError:
        of.fail(f"{str(value)!r} is no {what}", param, ctx)


class Named(click.Choice[str]):
    """One of some names, or another word, of which the command can say more than that it is none of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word as it is."""
        return value


class Place(click.Path):
    """The path of a file, or `-`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, in which the system takes any character but one."""
        if "\0" in value:
            self.fail("a path has no NUL in it", param, ctx)
        return super().convert(value, param, ctx)
