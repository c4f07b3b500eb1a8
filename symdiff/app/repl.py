"""A session in front of someone: in a terminal with history and completion, from a pipe line by line."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable

from symdiff.app.answer import INTERRUPTED, OK, Answer, InternalError, card, say, status_of
from symdiff.app.desk import decoded, lines_of, standard_input
from symdiff.app.session import Session
from symdiff.core.calm import calm
from symdiff.errors import SymdiffError

WELCOME = "symdiff: type a formula, `help` or `quit`"


def interact() -> int:
    """A session on standard input, and its exit code: from a pipe, the worst that a line came to."""
    lines = standard_input()
    if lines.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        from symdiff.app.prompt import prompter

        session = Session()
        return converse(session, prompter(session))
    return recite(Session(), lines_of(lines))


def recite(session: Session, lines: Iterable[bytes]) -> int:
    """Answer the lines of a pipe: results to standard output, errors with the number of the line to standard error."""
    worst = OK
    for number, line in enumerate(lines, 1):
        try:
            answer = session.answer(decoded(line))
        except EOFError:
            break
        except SymdiffError as error:
            say(f"line {number}: {card(error)}", sys.stderr)
            worst = max(worst, status_of(error))
        else:
            show(answer)
            worst = max(worst, answer.status)
    return worst


def converse(session: Session, prompt: Callable[[], str]) -> int:
    """Answer what is typed until the end of the input. Whatever happens, the prompt comes back."""
    say(WELCOME, sys.stdout)
    while True:
        try:
            respond(session, prompt())
        except EOFError:
            return OK
        except KeyboardInterrupt:  # at the prompt: drop the line, as a shell does
            calm.wake()


def respond(session: Session, line: str) -> int:
    """Answer one typed line. Raises EOFError when the session is to end."""
    try:
        answer = session.answer(line)
        if answer.reading and squeezed(answer.reading) not in (squeezed(line), squeezed(answer.text)):
            say(f"  {answer.reading}", sys.stdout)
        show(answer)
    except SymdiffError as error:
        say(card(error), sys.stderr)
        return status_of(error)
    except KeyboardInterrupt:
        calm.wake()  # it may have struck where a calculation had put the collector to rest
        say("interrupted", sys.stderr)
        return INTERRUPTED
    except EOFError:
        raise
    except Exception as error:  # a mistake in symdiff must not cost the session
        traceback.print_exc()
        say(card(InternalError(error)), sys.stderr)
        return status_of(InternalError(error))
    return answer.status


def show(answer: Answer) -> None:
    """Print an answer that has something to say."""
    if answer.text:
        say(answer.text, sys.stdout)


def squeezed(text: str) -> str:
    """A text without the blanks that mean nothing."""
    return "".join(text.split())
