"""An option, and what the words after it can be: click's types, with refusals in plain words."""

from __future__ import annotations

from typing import Any

import click


def option(flag: str, doc: str, **more: Any) -> click.Option:
    """An option of a command; each flag is also the name of its value."""
    return click.Option([flag], help=doc, **more)


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

    def _describe_range(self) -> str:  # click's own writes [x<=None] where there are no ends
        return "" if self.min is None and self.max is None else super()._describe_range()


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
