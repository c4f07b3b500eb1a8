"""Names that a programming language takes: as they are, or changed until it does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import name as unicode_name
from unicodedata import normalize

from symdiff.core.expr import Sym
from symdiff.core.names import checked_name
from symdiff.errors import OperandError
from symdiff.numeric.code.language import Language


class Names:
    """The names of one piece of code: `of` gives one to every symbol, `spare` one that is not taken."""

    def __init__(self, language: Language, name: str, own: Iterable[str] = ()) -> None:
        self.language = language
        self.taken = {language.same(word) for words in (language.reserved, language.helpers, own) for word in words}
        self.name = self.function(name)
        self.temporaries = 0

    def function(self, name: str) -> str:
        """The name of the function, as it was asked for. Raises OperandError where the language takes no such name."""
        if not checked_name(name).isascii():
            raise OperandError(f"{name!r} is no name for a function in {self.language.title}", "take letters a to z")
        if self.language.same(name) in self.taken:
            raise OperandError(f"{name!r} means something else in {self.language.title}", "take another name")
        if not self.language.columns:
            self.taken.add(self.language.same(name))
        return name

    def of(self, xs: Iterable[Sym]) -> dict[Sym, str]:
        """The names of the arguments: those that need no change keep theirs."""
        listed = list(xs)
        found: dict[Sym, str] = {}
        for x in sorted(listed, key=lambda x: self.language.spelling(x.name) != x.name):
            found[x] = self.spare(self.language.spelling(x.name))
        return {x: found[x] for x in listed}

    def spare(self, wanted: str) -> str:
        """The name wanted, or one like it that is not taken; it is now."""
        stem, quote = wanted.rstrip('"'), '"' * wanted.endswith('"')
        name, number = wanted, 1
        while self.language.same(name) in self.taken:
            name = f"{stem}_{quote}" if number == 1 else f"{stem}_{number}{quote}"
            number += 1
        self.taken.add(self.language.same(name))
        return name

    def temporary(self) -> str:
        """The next of t1, t2, ... that is not taken."""
        while True:
            self.temporaries += 1
            name = f"t{self.temporaries}"
            if self.language.same(name) not in self.taken:
                return name


def in_ascii(name: str) -> str:
    """The name with Greek letters in words, accents taken off, and any other letter as its number in Unicode.

    >>> in_ascii("λ_0"), in_ascii("é"), in_ascii("ж")
    ('lambda_0', 'e', 'u0436')
    """
    plain = "".join([c if c.isascii() else letter(c) for c in name])
    return plain if not re.match(r"__|_[A-Z]", plain) else f"v{plain}"


def letter(c: str) -> str:
    """One letter by letters from a to z."""
    said = unicode_name(c, "").split()
    if said[:1] == ["GREEK"] and "LETTER" in said:
        word = said[said.index("LETTER") + 1].replace("LAMDA", "LAMBDA")
        return word.capitalize() if "CAPITAL" in said else word.lower()
    base = normalize("NFKD", c)[0]
    return base if base.isascii() and base.isalnum() else f"u{ord(c):04x}"
