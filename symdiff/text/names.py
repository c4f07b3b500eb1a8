"""Names as mathematics prints them: Greek letters, and what follows a letter as its index."""

from __future__ import annotations

import re
from functools import lru_cache

SMALL = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu"
    " nu xi pi rho sigma tau upsilon phi chi psi omega"
)
CAPITAL = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"  # LaTeX writes the others as Latin letters
GREEK = dict(zip(SMALL.split(), "αβγδεζηθικλμνξπρστυφχψω", strict=True))
GREEK |= dict(zip(CAPITAL.split(), "ΓΔΘΛΞΠΣΥΦΨΩ", strict=True))
SPELLED = {letter: name for name, letter in GREEK.items()}

NUMBERED = re.compile(r"([^\W\d_]+)([0-9]+)")


@lru_cache(maxsize=4096)
def split(name: str) -> tuple[str, str]:
    """A name as letter and index, the index empty where there is none: x1 and x_1 have the index 1.

    >>> split("x1"), split("x_max"), split("speed")
    (('x', '1'), ('x', 'max'), ('speed', ''))
    """
    if numbered := NUMBERED.fullmatch(name):
        return numbered[1], numbered[2]
    stem, _, index = name.partition("_")
    return (stem, index) if stem and index else (name, "")


@lru_cache(maxsize=4096)
def latex_name(name: str, word: str = r"\mathrm") -> str:
    r"""A name in LaTeX; one of several letters is set upright by the command `word`.

    >>> print(latex_name("x1"), latex_name("alpha_max"), latex_name("speed"))
    x_{1} \alpha_{\mathrm{max}} \mathrm{speed}
    """
    stem, index = split(name)
    return f"{latex_word(stem, word)}_{{{latex_word(index, word)}}}" if index else latex_word(stem, word)


def latex_word(letters: str, word: str) -> str:
    """One part of a name, letter or index."""
    if letters in GREEK or letters in SPELLED:
        return "\\" + SPELLED.get(letters, letters)
    if letters.isascii() and letters != "_" and (len(letters) == 1 or letters.isdigit()):
        return letters
    command = word if letters.isascii() else r"\text"  # LaTeX has accented letters in text only
    return command + "{" + letters.replace("_", r"\_") + "}"


@lru_cache(maxsize=4096)
def mathml_name(name: str) -> str:
    """A name in MathML, as one element.

    >>> print(mathml_name("x"), mathml_name("alpha_max"))
    <mi>x</mi> <msub><mi>α</mi><mi>max</mi></msub>
    """
    stem, index = split(name)
    return f"<msub>{mathml_word(stem)}{mathml_word(index)}</msub>" if index else mathml_word(stem)


def mathml_word(letters: str) -> str:
    """One part of a name, letter or index."""
    kind = "mn" if letters.isascii() and letters.isdigit() else "mi"
    return f"<{kind}>{GREEK.get(letters, letters)}</{kind}>"
