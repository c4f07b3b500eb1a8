"""What a name may be."""

from __future__ import annotations

import re

from symdiff.errors import OperandError

# As in grammar/formula.lark: no word that is an operator, nothing raised, and π is a name of its own (`πr` is a
# product).
NAME = re.compile(r"π|(?!(?:and|or|not)\Z)[^\W\dπªº²³¹⁰-⁹ⁱⁿʰ-ʸˠ-ˤᴬ-ᵡᵸᶛ-ᶿ][^\Wπªº²³¹⁰-⁹ⁱⁿʰ-ʸˠ-ˤᴬ-ᵡᵸᶛ-ᶿ]*")
NAME_HINT = "a name is a letter or _, followed by letters, digits and _"


def checked_name(name: object) -> str:
    """The name as Python reads it, in Unicode's form NFKC: x₁ is x1, the micro sign is μ. Raises OperandError."""
    if isinstance(name, str) and NAME.fullmatch(name):
        if name.isascii():
            return name
        from unicodedata import normalize  # here: few names need it

        plain = normalize("NFKC", name)
        if plain.isidentifier() and NAME.fullmatch(plain):
            return plain
    raise OperandError(f"{name!r} is not a name", NAME_HINT)
