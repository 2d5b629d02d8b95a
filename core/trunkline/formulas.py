"""LaTeX formulas as readable text, for places that cannot set them: `\\frac{a}{b}` is "a/b". Pure.

Knows the notation that people and models write in chats; what it does not know stays as it was written. The names
of rarer signs are those of HTML's character references, of which most were named after LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html.entities import html5
from typing import Final

_TOKEN: Final = re.compile(r"\\[A-Za-z]+\*?|\\.|\s+|[^\\]", re.DOTALL)
_DEPTH: Final = 40
"""How deeply groups are followed; deeper ones are kept as they are written."""
_LONGEST: Final = 20_000
"""Characters of a formula that is read at all."""

_SIGNS: Final = {
    "times": "×", "cdot": "·", "div": "÷", "pm": "±", "mp": "∓", "ast": "∗", "star": "⋆", "circ": "∘",
    "bullet": "•",
    "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠",
    "approx": "≈", "sim": "∼", "simeq": "≃", "cong": "≅", "equiv": "≡", "propto": "∝", "ll": "≪", "gg": "≫",
    "lt": "<", "gt": ">", "to": "→", "gets": "←", "mapsto": "↦", "rightarrow": "→", "leftarrow": "←",
    "longrightarrow": "⟶", "longleftarrow": "⟵", "Rightarrow": "⇒", "Leftarrow": "⇐", "Longrightarrow": "⟹",
    "leftrightarrow": "↔", "Leftrightarrow": "⇔", "iff": "⇔", "implies": "⇒", "impliedby": "⇐", "uparrow": "↑",
    "downarrow": "↓", "infty": "∞", "partial": "∂", "nabla": "∇", "sum": "∑", "prod": "∏", "coprod": "∐",
    "int": "∫", "iint": "∬", "iiint": "∭", "oint": "∮", "forall": "∀", "exists": "∃", "nexists": "∄", "in": "∈",
    "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇", "cup": "∪",
    "cap": "∩",
    "bigcup": "⋃", "bigcap": "⋂", "setminus": "∖", "emptyset": "∅", "varnothing": "∅", "land": "∧", "wedge": "∧",
    "lor": "∨", "vee": "∨", "neg": "¬", "lnot": "¬", "oplus": "⊕", "otimes": "⊗", "perp": "⊥", "parallel": "∥",
    "mid": "|", "vert": "|", "lvert": "|", "rvert": "|", "Vert": "‖", "lVert": "‖", "rVert": "‖", "angle": "∠",
    "degree": "°", "dots": "…", "ldots": "…", "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "prime": "′", "hbar": "ℏ",
    "ell": "ℓ", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ", "therefore": "∴", "because": "∵", "langle": "⟨", "rangle": "⟩",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lbrace": "{", "rbrace": "}", "lbrack": "[",
    "rbrack": "]", "backslash": "\\", "top": "⊤", "bot": "⊥", "models": "⊨", "vdash": "⊢", "triangle": "△",
    "square": "□", "blacksquare": "■", "checkmark": "✓", "dagger": "†", "surd": "√", "colon": ":", "coloneqq": "≔",
    "epsilon": "ε", "varepsilon": "ε", "phi": "φ", "varphi": "φ", "theta": "θ", "vartheta": "ϑ", "Box": "□",
    "quad": "  ", "qquad": "   ", "bmod": " mod ", "mod": " mod ", "S": "§", "P": "¶", "pounds": "£", "euro": "€",
}  # fmt: skip
_FUNCTIONS: Final = frozenset({
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot", "coth", "csc", "deg", "det", "dim", "exp",
    "gcd", "hom", "inf", "ker", "lg", "lim", "liminf", "limsup", "ln", "log", "max", "min", "Pr", "sec",
    "sin", "sinh", "sup", "tan", "tanh",
})  # fmt: skip
_SILENT: Final = frozenset({
    "left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl",
    "biggr", "displaystyle", "textstyle", "scriptstyle", "limits", "nolimits", "nonumber", "notag",
    "allowbreak", "displaylimits", "hline", "rm", "bf", "it", "cal", "strut",
})  # fmt: skip
_DROPPED: Final = frozenset({
    "label", "color", "hspace", "vspace", "phantom", "hphantom", "vphantom",
})  # fmt: skip
"""These take what follows with them."""
_PLAIN: Final = frozenset({
    "text", "textrm", "textbf", "textit", "textsf", "texttt", "mathrm", "mathbf", "mathit", "mathsf",
    "mathtt", "mathcal", "mathscr", "mathfrak", "boldsymbol", "bm", "pmb", "operatorname", "operatorname*",
    "mbox", "hbox", "boxed", "cancel", "underline", "underbrace", "overbrace", "ensuremath", "smash",
})  # fmt: skip
_ACCENTS: Final = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0305", "vec": "\u20d7",
    "overrightarrow": "\u20d7", "tilde": "\u0303", "widetilde": "\u0303", "dot": "\u0307", "ddot": "\u0308",
}  # fmt: skip
_BOARD: Final = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}
_ESCAPED: Final = {",": "\u2009", ";": " ", ":": " ", " ": " ", "!": "", ">": " ", "|": "‖", "\\": "\n"}
_UP: Final = dict(
    zip(
        "0123456789+-−=()nixTabcdefghjklmoprstuvwyz′β", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˣᵀᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷʸᶻ′ᵝ", strict=True
    )
)
_DOWN: Final = dict(
    zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
_BRACKETS: Final = {"p": "()", "b": "[]", "B": "{}", "v": "||", "V": "‖‖", "": "[]", "small": "[]"}
_ROOTS: Final = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_NEGATED: Final = {
    "=": "≠",
    "∈": "∉",
    "⊂": "⊄",
    "⊆": "⊈",
    "≡": "≢",
    "∃": "∄",
    "<": "≮",
    ">": "≯",
    "≤": "≰",
    "≥": "≱",
}


def readable(tex: str) -> str:
    """The formula in Unicode; several lines where it has several. Never raises; time is linear in its length."""
    if len(tex) > _LONGEST:
        return tex
    text = _Reader(tex).all()
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader:
    """Reads a formula once, from left to right."""

    def __init__(self, tex: str) -> None:
        self._tokens: list[str] = _TOKEN.findall(tex)
        self._at = 0
        self._depth = 0

    def all(self) -> str:
        parts: list[str] = []
        while self._at < len(self._tokens):
            parts.append(self._until("}"))
            self._at += 1  # a brace that nothing opened
        return "".join(parts)

    def _until(self, *ends: str) -> str:
        """What stands before the next of `ends`, which is not taken."""
        parts: list[str] = []
        while self._at < len(self._tokens) and self._tokens[self._at] not in ends:
            piece = self._next()
            if parts and piece[:1].isalnum() and parts[-1] in _FUNCTIONS:
                parts.append(" ")
            parts.append(piece)
        return "".join(parts)

    def _next(self) -> str:
        sign = self._tokens[self._at]
        self._at += 1
        if sign == "{":
            return self._group()
        if sign == "^":
            return _raised(self._argument())
        if sign == "_":
            return _lowered(self._argument())
        if sign.startswith("\\") and len(sign) > 1:
            return self._command(sign[1:]) if sign[1].isalpha() else _ESCAPED.get(sign[1], sign[1])
        return {"~": " ", "&": " ", "'": "′"}.get(sign, " " if sign.isspace() else sign)

    def _group(self) -> str:
        if self._depth >= _DEPTH:
            return "{"
        self._depth += 1
        content = self._until("}")
        self._depth -= 1
        self._at += 1
        return content

    def _argument(self) -> str:
        """A group, or the next sign alone."""
        self._skip_space()
        if self._at >= len(self._tokens) or self._tokens[self._at] == "}" or self._depth >= _DEPTH:
            return ""
        self._depth += 1
        content = self._next()
        self._depth -= 1
        return content.strip(" ")

    def _optional(self) -> str:
        self._skip_space()
        if self._tokens[self._at : self._at + 1] != ["["] or self._depth >= _DEPTH:
            return ""
        self._at += 1
        self._depth += 1
        content = self._until("]", "}")
        self._depth -= 1
        self._at += self._tokens[self._at : self._at + 1] == ["]"]
        return content.strip()

    def _skip_space(self) -> None:
        while self._at < len(self._tokens) and self._tokens[self._at].isspace():
            self._at += 1

    def _raw(self) -> str:
        """The next group as it is written: a name."""
        self._skip_space()
        if self._tokens[self._at : self._at + 1] != ["{"]:
            return ""
        end = self._at + 1
        while end < len(self._tokens) and self._tokens[end] != "}":
            end += 1
        name = "".join(self._tokens[self._at + 1 : end])
        self._at = end + 1
        return name

    def _command(self, name: str) -> str:
        if name in _SIGNS:
            return _SIGNS[name]
        if name in _FUNCTIONS:
            return name
        if name in _SILENT:
            if self._tokens[self._at : self._at + 1] == ["."]:
                self._at += 1  # a bracket that is not drawn
            return ""
        if name in _DROPPED:
            self._argument()
            return ""
        if name in _PLAIN:
            return self._argument()
        if name in _ACCENTS:
            return "".join(one + _ACCENTS[name] for one in self._argument())
        return self._structure(name)

    def _structure(self, name: str) -> str:
        drawn = _STRUCTURES.get(name)
        return drawn(self) if drawn is not None else html5.get(name + ";", f"\\{name} ")

    def fraction(self) -> str:
        upper = _bracketed(self._argument())
        return f"{upper}/{_bracketed(self._argument())}"

    def root(self) -> str:
        degree = self._optional()
        return (_ROOTS.get(degree) or _raised(degree) + "√") + _bracketed(self._argument())

    def choice(self) -> str:
        upper = self._argument()
        return f"({upper} choose {self._argument()})"

    def above(self) -> str:
        over = self._argument()
        return self._argument() + _raised(over)

    def below(self) -> str:
        under = self._argument()
        return self._argument() + _lowered(under)

    def arrow(self) -> str:
        return f" →({self._argument()}) "

    def board(self) -> str:
        return "".join(_BOARD.get(one, one) for one in self._argument())

    def modulo(self) -> str:
        return f" (mod {self._argument()})"

    def tag(self) -> str:
        return f"  ({self._argument()})"

    def negated(self) -> str:
        sign = self._argument()
        return _NEGATED.get(sign, sign + "\u0338")

    def begin(self) -> str:
        return self._environment(self._raw())

    def end(self) -> str:
        self._raw()
        return ""

    def _environment(self, name: str) -> str:
        kind = name.rstrip("*")
        if kind == "array":
            self._raw()
        if self._depth >= _DEPTH:
            return ""
        self._depth += 1
        content = self._until("\\end")
        self._depth -= 1
        self._at += self._at < len(self._tokens)
        self._raw()
        rows = [" ".join(row.split()) for row in content.split("\n")]
        rows = [row for row in rows if row]
        if kind == "cases":
            return "{ " + "; ".join(rows)
        if kind.endswith("matrix"):
            brackets = _BRACKETS.get(kind.removesuffix("matrix"), "[]")
            return brackets[0] + "; ".join(rows) + brackets[1]
        return "\n".join(rows)


_STRUCTURES: Final[Mapping[str, Callable[[_Reader], str]]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac"), _Reader.fraction),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), _Reader.choice),
    **dict.fromkeys(("overset", "stackrel"), _Reader.above),
    "underset": _Reader.below,
    "sqrt": _Reader.root,
    "xrightarrow": _Reader.arrow,
    "mathbb": _Reader.board,
    "pmod": _Reader.modulo,
    "tag": _Reader.tag,
    "not": _Reader.negated,
    "begin": _Reader.begin,
    "end": _Reader.end,
}


def _raised(text: str) -> str:
    return _shifted(text, "^", _UP)


def _lowered(text: str) -> str:
    return _shifted(text, "_", _DOWN)


def _shifted(text: str, sign: str, small: dict[str, str]) -> str:
    plain = text.replace(" ", "")
    if not plain or plain in ("∘", "°"):
        return "°" if plain else ""
    if all(one in small for one in plain):
        return "".join(small[one] for one in plain)
    return sign + (text if len(plain) == 1 else f"({text})")


def _bracketed(text: str) -> str:
    """In brackets, unless it is one thing that cannot be read as two."""
    if len(text) <= 1 or not any(sign in " +-−=<>/·×,;±\n" for sign in text):
        return text
    return text if text[0] == "(" and text.find(")") == len(text) - 1 else f"({text})"
