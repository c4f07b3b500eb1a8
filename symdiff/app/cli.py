"""The command line: from the words after `symdiff` to an exit code.

Answers go to standard output, errors to standard error; with `--json` both are one object on standard output. The
exit codes and the form of the object are in `docs/cli.md`.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO, NoReturn

import click

from symdiff.app.answer import (
    BROKEN,
    BROKEN_PIPE,
    INTERRUPTED,
    OK,
    InternalError,
    UsageError,
    card,
    failure,
    say,
    status_of,
    suggestion,
)
from symdiff.app.commands import COMMANDS, Command, answered, entry
from symdiff.app.desk import LONGEST_INPUT, Desk, decoded, standard_input
from symdiff.core.expr import Expr
from symdiff.errors import LimitError, SymdiffError

COMPLETE = "_SYMDIFF_COMPLETE"  # the variable by which a shell asks for completions

HELP = """\
Formulas in; exact derivatives, values and fits out. Without a command: an interactive session.

A formula `-` is read from standard input. Exit codes: 0 done; 1 the answer is no (a fit
did not converge, formulas differ); 2 a mistake in the command, the formula or the data; 3 a limit was reached."""


def main() -> NoReturn:
    """What the command `symdiff` runs."""
    status = run(sys.argv[1:])
    gc.freeze()  # the collection at the end of a process would walk everything once more: 15 ms of a short command
    sys.exit(status)


def run(words: Sequence[str]) -> int:
    """Run a command line, print what comes of it, and give the exit code. Raises nothing."""
    try:
        return reported(words)
    except KeyboardInterrupt:
        say("interrupted", sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        discard_output()
        return BROKEN_PIPE
    except OSError as error:  # files are read under errors of their own: this is the output
        discard_output()
        say(f"the answer cannot be written: {error.strerror or error}", sys.stderr)
        return BROKEN


def reported(words: Sequence[str]) -> int:
    """The same, where failures of the command are printed but not those of printing."""
    try:
        return dispatched(words)
    except SymdiffError as error:
        return report(error, words)
    except OSError:
        raise
    except Exception as error:
        import traceback

        traceback.print_exc()
        return report(InternalError(error), words)


def dispatched(words: Sequence[str]) -> int:
    """Run completion, a session or a command. Raises SymdiffError."""
    if COMPLETE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(program(), {}, "symdiff", COMPLETE, os.environ[COMPLETE])
    if not words:
        from symdiff.app.repl import interact

        return interact()
    if not words[0].startswith("-") and words[0] not in offered():
        raise no_such_command(words[0])
    try:
        with program().make_context("symdiff", list(words)) as context:
            return int(context.command.invoke(context) or OK)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        raise mistake(error) from None


def mistake(error: click.UsageError) -> UsageError:
    """What click found wrong with the words, as an error of this package."""
    message = error.format_message()
    if error.ctx is None:
        return UsageError(message)
    if "extra argument" in message and any(param.name == "formula" for param in error.ctx.command.params):
        return UsageError(message, 'a formula is one word: put it in quotes, as in "x^2 + 1"')
    return UsageError(message, f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help'.")


def no_such_command(word: str) -> UsageError:
    """What to say to `symdiff dif` and to `symdiff "x^2"`."""
    hint = suggestion(word, offered(), f"commands: {', '.join(offered())}; `symdiff --help` says more")
    return UsageError(f"there is no command {word!r}", hint)


def offered() -> dict[str, Command]:
    """The commands that make sense outside a session."""
    return {name: row for name, row in COMMANDS.items() if not row.only_session}


def program() -> click.Group:
    """All commands as click knows them."""
    when_seen = {"is_flag": True, "expose_value": False, "is_eager": True}
    return click.Group(
        "symdiff",
        commands=[entry(row, runner(row)) for row in offered().values()],
        params=[click.Option(["--version"], callback=show_version, help="Show the version and exit.", **when_seen)],
        help=HELP,
        epilog='\b\nExamples:\n  symdiff diff "x^2*sin(x)"\n  symdiff eval "x^2 + 1" x=3\n  symdiff fit line data.csv',
    )


def show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print the version of the installed distribution, and be done."""
    if wanted and not context.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            say(f"symdiff {version('symdiff-engine')}", sys.stdout)
        except PackageNotFoundError:
            say("symdiff (not installed)", sys.stdout)
        context.exit()


def runner(row: Command) -> Any:
    """What click calls for a command."""

    def print_answer(**params: Any) -> int:
        answer = answered(row, Standard(), params)
        say(answer.text, sys.stdout)
        return answer.status

    return print_answer


class Standard(Desk):
    """The desk of the command line: `-` is standard input."""

    def read(self, text: str) -> Expr:
        """The formula that a text means, or that standard input holds. Raises ParseError, DataError, LimitError."""
        return super().read(all_of(standard_input()) if text.strip() == "-" else text)

    def data(self, path: str) -> str | BinaryIO:
        """The file with the data, or standard input."""
        return standard_input() if path == "-" else path


def all_of(stream: BinaryIO) -> str:
    """All of standard input as one text. Raises DataError where it is not UTF-8, LimitError where it is too long."""
    found = stream.read(LONGEST_INPUT + 1)
    if len(found) > LONGEST_INPUT:
        raise LimitError(f"standard input holds more than {LONGEST_INPUT:,} bytes", "give a formula at a time")
    return decoded(found).rstrip()


def report(error: SymdiffError, words: Sequence[str]) -> int:
    """Print a failure where it is expected, and give the exit code."""
    before_dashes = list(words[: list(words).index("--")] if "--" in words else words)
    if "--json" in before_dashes:
        say(failure(words[0] if words[0] in offered() else None, error), sys.stdout)
    else:
        say(card(error), sys.stderr)
    return status_of(error)


def discard_output() -> None:
    """Nobody can read the output any more: let Python close it without another complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
