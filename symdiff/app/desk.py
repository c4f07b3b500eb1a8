"""Where a command reads what it was given."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import BinaryIO

from symdiff.core.expr import Expr
from symdiff.errors import DataError, LimitError
from symdiff.text.parse import parse

LONGEST_INPUT = 64_000_000  # bytes of a formula from standard input


class Desk:
    """What a command works at. This one takes formulas as they stand; a session's knows the names given so far.

    `quiet`: the answer is for a program, and nothing else is to be shown meanwhile.
    """

    quiet = False

    def read(self, text: str) -> Expr:
        """The formula that a text means. Raises ParseError."""
        return parse(text)

    def data(self, path: str) -> str | BinaryIO:
        """Where the data of a fit are."""
        return path


def standard_input() -> BinaryIO:
    """Standard input as bytes. Raises DataError where it is closed."""
    if sys.stdin is None:
        raise DataError("standard input is closed")
    return sys.stdin.buffer


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """Its lines, as they come. Raises LimitError at one that nobody wrote by hand."""
    while line := stream.readline(LONGEST_INPUT + 1):
        if len(line) > LONGEST_INPUT:
            raise LimitError(f"a line of standard input holds more than {LONGEST_INPUT:,} bytes")
        yield line


def decoded(found: bytes) -> str:
    """Bytes as text. Raises DataError where they are not UTF-8."""
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"byte {found[error.start]:#04x} at position {error.start}"
        raise DataError(f"the input is not UTF-8 text: {where}", "save it as UTF-8") from None
