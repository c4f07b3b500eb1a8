"""What a command gives back: an answer or a failure, as text for people and as one JSON envelope for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from symdiff.errors import LimitError, ParseError, Problem, SymdiffError, nearest

if TYPE_CHECKING:
    from symdiff.core.expr import Expr

OK, NO, WRONG, LIMIT, BROKEN, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 3, 70, 130, 141  # exit codes: docs/cli.md


class UsageError(SymdiffError):
    """The command was not called as it can be called."""

    kind = "usage"


class InternalError(SymdiffError):
    """A mistake in symdiff itself, on the border: what a program gets instead of a traceback."""

    kind = "internal"

    def __init__(self, error: Exception) -> None:
        super().__init__(f"a mistake in symdiff: {type(error).__name__}: {error}", "please report it, with the input")


class Answer(NamedTuple):
    """What a command found: `text` for people, `record` for programs, `status` the exit code.

    `value` is the formula it stands for, if it stands for one: a session calls it `ans`. `reading` is how a session
    understood the line, where it is a formula.
    """

    text: str
    record: Mapping[str, object]
    status: int = OK
    value: Expr | None = None
    reading: str | None = None


def success(command: str, given: Mapping[str, object], answer: Answer) -> str:
    """The envelope of an answer, on one line."""
    return one_line({"ok": True, "command": command, "input": given, "result": answer.record})


def failure(command: str | None, error: SymdiffError) -> str:
    """The envelope of a failure, on one line."""
    return one_line({"ok": False, "command": command, "error": failure_record(error)})


def one_line(envelope: Mapping[str, object]) -> str:
    """An envelope as ASCII."""
    import json  # 2 ms, and few ask for it

    return json.dumps(envelope)


def failure_record(error: SymdiffError) -> dict[str, Any]:
    """An error for programs: always the same five keys. `span` is in characters of the text that was read."""
    problems = error.problems if isinstance(error, ParseError) else ()
    return {
        "kind": error.kind,
        "message": error.message,
        "span": problems[0].span if problems else None,
        "hint": error.hint,
        "problems": [problem_record(problem) for problem in problems],
    }


def problem_record(problem: Problem) -> dict[str, Any]:
    """One of several things wrong with a text."""
    return {"name": problem.name, "message": problem.message, "span": problem.span, "hint": problem.hint}


def card(error: SymdiffError) -> str:
    """An error for people: what is wrong, where, and what would mend it. Nothing in it can steer a terminal."""
    return "".join([c if c.isprintable() or c == "\n" else "·" for c in str(error)])


def suggestion(name: str, known: Iterable[str], otherwise: str) -> str:
    """The hint for a name that nobody knows."""
    close = nearest(name, known)
    return f"did you mean {close!r}?" if close else otherwise


def status_of(error: SymdiffError) -> int:
    """The exit code of a failure."""
    if isinstance(error, InternalError):
        return BROKEN
    return LIMIT if isinstance(error, LimitError) else WRONG


def say(text: str, stream: TextIO | None) -> None:
    """Print a line, in what the stream can show: what it cannot is written as an escape, never as a traceback."""
    if stream is None:  # closed by whoever started the process: nobody wants to know
        return
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("≈", "~").encode(encoding, "backslashreplace").decode(encoding)
    print(text, file=stream, flush=True)
