"""What people mean by a few words that a recogniser heard: a choice, an end, a name they call. Pure.

Nothing of this acts on a long sentence: who talks of stopping does not say "stop".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain
from typing import Final

from ..messages import Option
from .vocabulary import (
    CALLS,
    FILLERS,
    LAST,
    NEGATIONS,
    NUMBERS,
    POLITE,
    SOUND_ALIKE,
    STOP_PHRASES,
    VALUES,
    WORDS,
    fold,
    primary,
    tokens,
)

ALIKE: Final = 0.8
"""How much of two words has to be the same (`difflib`'s ratio): a recogniser spells names as it likes."""
_MORE_ALIKE: Final = 0.1
"""By how much the best label has to be ahead of the next one."""
MOST_WORDS: Final = 8
"""A longer answer chooses nothing, unless it is a label word for word."""
_SHORT_NAME: Final = 4
"""Letters below which a name has to be spelt right."""


def choice_of(transcript: str, options: Sequence[Option], language: str = "") -> int | None:
    """The index of the option that was said: by its label, or by number ("two", "the second one", "la segunda").

    Labels go before numbers, the exact before the alike. None where nothing or more than one is meant, and for a
    long sentence. All languages are known; `language` (BCP 47) is for what is a number in that one alone ("um").
    """
    spoken = tokens(transcript)
    labels = [tuple(tokens(option.shown)) for option in options]
    values = [tuple(tokens(option.value)) for option in options]
    if not spoken:
        return None
    for known in (labels, values):
        exact = _only(place for place, label in enumerate(known) if label == tuple(spoken))
        if exact is not None:
            return exact
    if len(spoken) > max(MOST_WORDS, *(len(label) + 4 for label in labels), 0) or not options:
        return None
    fillers = FILLERS.difference(tokens(NUMBERS.get(primary(language), "")))
    meant = [token for token in spoken if token not in fillers]
    return _by_label(spoken, meant, labels, options=len(options))


def is_stop(transcript: str, language: str = "") -> bool:
    """Whether all that was said is a word that ends the conversation; once or over and over.

    `language` (BCP 47) narrows it to that language and English; "" knows all of them.
    """
    spoken = tokens(transcript)
    known = _stop_phrases(language)
    if tuple(spoken) in known:
        return True
    spoken = [token for token in spoken if token not in POLITE]
    if not spoken or len(spoken) > MOST_WORDS:
        return False
    return any(
        len(spoken) % len(phrase) == 0 and tuple(spoken) == phrase * (len(spoken) // len(phrase))
        for phrase in known
    )


def addressed(transcript: str, names: Sequence[str]) -> str | None:
    """What is said besides the name that is called at its beginning or end; None where none of `names` is.

    "Hey Trunkline, what time is it?" gives "what time is it?"; a name alone gives "". Names may be written in
    other ways ("trunk line"), those of four letters and more a little wrong, too.
    """
    words = list(WORDS.finditer(transcript))
    folded = [fold(word[0]) for word in words]
    wanted = ["".join(tokens(name)) for name in names]
    first = 0
    while first < len(words) and folded[first] in CALLS:
        first += 1
    for begin in dict.fromkeys((first, 0)):
        length = _called(folded[begin:], wanted)
        if length:
            return transcript[words[begin + length - 1].end() :].lstrip(" \t,.:;!?–—-…、，。！？")
    length = _called(folded[::-1], wanted, backwards=True)
    if length:
        rest = transcript[: words[-length].start()].rstrip(" \t,:;–—-…、，")
        return rest + transcript[words[-1].end() :].strip() if rest else ""
    return None


def number_word(number: int, language: str = "") -> str:
    """A number as it is read out ("One"), in English where `language` is not known; digits past twelve."""
    known = NUMBERS.get(primary(language) or "en", "").split()
    return known[number - 1].capitalize() if 0 < number <= len(known) else str(number)


def _by_label(
    spoken: Sequence[str], meant: Sequence[str], labels: Sequence[tuple[str, ...]], *, options: int
) -> int | None:
    as_digits = [_digits(label) for label in labels]
    number = _number(spoken, meant, options)
    if number is not None:
        # An option may itself be a number: who says it means that one.
        named = _only(place for place, label in enumerate(as_digits) if label == (str(number + 1),))
        return number if named is None else named
    if NEGATIONS.intersection(spoken) and not any(NEGATIONS.intersection(label) for label in labels):
        return None
    same = _only(place for place, label in enumerate(as_digits) if label and label == _digits(meant))
    if same is not None:
        return same
    within = _only(
        place for place, label in enumerate(labels) if _holds(spoken, label) and len(meant) <= len(label) + 1
    )
    return within if within is not None else _alike(meant or spoken, labels)


def _number(spoken: Sequence[str], meant: Sequence[str], options: int) -> int | None:
    """The index that a number names, where it is all that was meant."""
    if NEGATIONS.intersection(spoken):
        return None
    if len(spoken) == 1 and spoken[0] in SOUND_ALIKE:
        return _within(SOUND_ALIKE[spoken[0]], options)
    if len(meant) > 1 and meant[-1] in ("one", "ones"):
        meant = meant[:-1]  # "the second one"
    if len(meant) != 1:
        return None
    if meant[0] in LAST:
        return options - 1
    number = int(meant[0]) if meant[0].isdecimal() and len(meant[0]) < 4 else VALUES.get(meant[0], 0)
    return _within(number, options)


def _within(number: int, options: int) -> int | None:
    return number - 1 if 0 < number <= options else None


def _digits(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(VALUES[token]) if token in VALUES else token for token in tokens)


def _holds(spoken: Sequence[str], label: Sequence[str]) -> bool:
    width = len(label)
    return width > 0 and any(
        tuple(spoken[start : start + width]) == tuple(label) for start in range(len(spoken) - width + 1)
    )


def _alike(meant: Sequence[str], labels: Sequence[tuple[str, ...]]) -> int | None:
    heard = " ".join(meant)
    ratios = sorted(
        (
            (SequenceMatcher(None, heard, " ".join(label), autojunk=False).ratio(), place)
            for place, label in enumerate(labels)
        ),
        reverse=True,
    )
    if not ratios or ratios[0][0] < ALIKE or len(heard) < _SHORT_NAME:
        return None
    return ratios[0][1] if len(ratios) == 1 or ratios[0][0] - ratios[1][0] >= _MORE_ALIKE else None


def _only(places: Iterator[int]) -> int | None:
    """The one place, None for none and for several."""
    found = next(places, None)
    return found if next(places, None) is None else None


def _called(folded: Sequence[str], wanted: Sequence[str], *, backwards: bool = False) -> int:
    """How many words from the first one on are one of the names; 0 for none."""
    for length in range(1, min(4, len(folded)) + 1):
        words = folded[:length]
        heard = "".join(reversed(words) if backwards else words)
        if any(_is_name(heard, name) for name in wanted):
            return length
    return 0


def _is_name(heard: str, name: str) -> bool:
    if heard == name:
        return bool(name)
    if len(name) < _SHORT_NAME or not heard:
        return False
    return SequenceMatcher(None, heard, name, autojunk=False).ratio() >= ALIKE


def _stop_phrases(language: str) -> frozenset[tuple[str, ...]]:
    code = primary(language)
    if code in STOP_PHRASES:
        return STOP_PHRASES["en"] | STOP_PHRASES[code]
    return frozenset(chain.from_iterable(STOP_PHRASES.values()))
