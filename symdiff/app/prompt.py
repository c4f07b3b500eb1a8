"""The prompt in a terminal: history that lasts, Tab completion, lines that go on while a bracket is open."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import is_done
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from symdiff.app.commands import COMMANDS, INSIDE
from symdiff.core.ops import READ

if TYPE_CHECKING:
    from symdiff.app.session import Session

PROMPT, GOES_ON = "> ", ". "
WORD = re.compile(r"\\?\w+$|\\$")
SIGNS = {"sqrt": "√", "cdot": "·", "times": "×", "le": "≤", "ge": "≥", "ne": "≠", "squared": "²", "cubed": "³"}


def prompter(session: Session) -> Callable[[], str]:
    """What asks for the next line of a session."""
    prompts: PromptSession[str] = PromptSession(
        history=history(),
        completer=Names(session),
        complete_while_typing=False,
        enable_history_search=True,
        multiline=True,
        prompt_continuation=GOES_ON,
        key_bindings=keys(),
    )
    return lambda: prompts.prompt(PROMPT)


def history() -> History:
    """The lines of earlier sessions, from a file in the user's data folder; where none can be written, of this one."""
    path = data_folder() / "history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        print(f"history is kept for this session only: {error.strerror}: {path}", file=sys.stderr)
        return InMemoryHistory()
    return LastingHistory(path)


class LastingHistory(FileHistory):
    """A history in a file, which remembers for this session what cannot be written any more."""

    def store_string(self, string: str) -> None:
        """Append a line; a disk that is full by now must not cost the session."""
        with suppress(OSError):
            super().store_string(string)


def data_folder() -> Path:
    """Where a user's data belong (XDG Base Directory Specification; on Windows the local application data)."""
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        if Path(named := os.environ.get(variable, "")).is_absolute():
            return Path(named) / "symdiff"
    return Path.home() / ".local" / "share" / "symdiff"


def keys() -> KeyBindings:
    """Enter ends the line unless a bracket is open; Alt-Enter always ends it."""
    bindings = KeyBindings()

    @bindings.add("enter", filter=~is_done)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_open(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    return bindings


def is_open(text: str) -> bool:
    """Whether more brackets open than close; an empty last line gives up waiting."""
    return not text.endswith("\n") and sum(map(text.count, "([{")) > sum(map(text.count, ")]}"))


def unicode_names() -> dict[str, str]:
    r"""What `\alpha` and its like stand for."""
    letters = [chr(code) for code in range(ord("α"), ord("ω") + 1) if chr(code) != "ς"]
    small = {unicodedata.name(letter).split()[-1].lower().replace("lamda", "lambda"): letter for letter in letters}
    return small | {name.capitalize(): letter.upper() for name, letter in small.items()} | SIGNS


class Names(Completer):
    r"""Completes commands at the start of a line, functions and names anywhere, and `\alpha` to the letter."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.letters = {f"\\{name}": letter for name, letter in unicode_names().items()}

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """What the word before the cursor may become."""
        if match := WORD.search(document.text_before_cursor):
            word = match[0]
            for shown, inserted in self.candidates(document.text_before_cursor[: match.start()]).items():
                if shown.startswith(word):
                    yield Completion(inserted, start_position=-len(word), display=shown)

    def candidates(self, before: str) -> dict[str, str]:
        """All words that may stand after this text, with what they become."""
        asking = before.strip() == "help"
        functions = {name: name if asking or 0 in READ.get(name, ()) else f"{name}(" for name in [*INSIDE, *READ]}
        commands = COMMANDS if asking or not before.strip() else ()
        names = [*self.session.names, *commands]
        return self.letters | functions | {name: name for name in names}
