"""Every sentence of the parser, as a picture kept in golden/messages. SYMDIFF_GOLDEN=write draws them anew."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from symdiff import parse
from symdiff.errors import LimitError, ParseError, SymdiffError
from symdiff.text.messages import DEPTH, DIGITS, LENGTH, MESSAGES, PIECES

GOLDEN = Path(__file__).parent / "golden" / "messages"

# Texts too long to stand in the table.
LONG: dict[str, Callable[[], str]] = {
    "too_long": lambda: "x" * (LENGTH + 1),
    "too_many": lambda: "x+" * (PIECES // 2) + "x",
    "too_deep": lambda: "(" * (DEPTH + 1) + "x" + ")" * (DEPTH + 1),
    "too_many_digits": lambda: "+".join([f"{i}e-99000" for i in range(1, DIGITS // 99_000 + 3)]),
}

every_row = pytest.mark.parametrize("row", MESSAGES)


def refusal(row: str) -> SymdiffError:
    text = MESSAGES[row].example
    with pytest.raises((ParseError, LimitError)) as caught:
        parse(LONG[row]() if text is None else text)
    return caught.value


@every_row
def test_a_message_is_the_picture_that_was_approved(row):
    picture = str(refusal(row)) + "\n"
    file = GOLDEN / f"{row}.txt"
    if os.environ.get("SYMDIFF_GOLDEN") == "write":
        file.write_text(picture, encoding="utf-8")
    assert picture == file.read_text(encoding="utf-8")


@every_row
def test_the_example_of_a_row_brings_its_own_message_about(row):
    error = refusal(row)
    if isinstance(error, ParseError):
        assert row in [problem.name for problem in error.problems]
    else:
        before, _, after = MESSAGES[row].text.partition("{limit:,}")
        assert error.message.endswith(after)
        assert error.message.startswith(before.partition("{")[0])


def test_no_picture_is_left_without_a_message():
    assert sorted([file.stem for file in GOLDEN.iterdir()]) == sorted(MESSAGES)


@every_row
def test_a_message_names_no_terminal_of_the_grammar(row):
    words = set(str(refusal(row)).replace("'", " ").split())
    assert not words & {"NUMBER", "NAME", "FUNC", "POWER", "OPEN", "CLOSE", "LFENCE", "RFENCE", "SUPERSCRIPT", "$END"}


@every_row
def test_a_message_says_what_to_do_next_unless_nothing_can_be_said(row):
    assert MESSAGES[row].hint is not None or row == "unknown_character"
