"""The catalogue and the code agree: every key that is used exists, every key that exists is used."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import trunkline
from trunkline.words import ENGLISH, words
from trunkline.words.discord import DISCORD
from trunkline.words.general import GENERAL
from trunkline.words.slack import SLACK
from trunkline.words.terminal import TERMINAL
from trunkline.words.voice import VOICE
from trunkline.words.web import WEB

CORE = Path(trunkline.__file__).parent
BRIDGES = CORE.parent.parent / "bridges"


def files() -> list[Path]:
    return [file for file in (*CORE.rglob("*.py"), *BRIDGES.rglob("*.py")) if file.parent.name != "words"]


def sources() -> str:
    return "\n".join(file.read_text() for file in files())


def used() -> set[str]:
    """Keys by name, and those of the two families that are put together."""
    named = set(re.findall(r'words\(\s*f?"(\w+)"', sources()))
    chosen = re.findall(r'words\(\s*"(\w+)" if .*? else "(\w+)"', sources())
    return named | {key for pair in chosen for key in pair} | {"no_retry", "no_edit"}


def test_every_key_that_is_used_exists() -> None:
    assert used() - ENGLISH.keys() == set()


def test_every_key_is_used() -> None:
    """Labels are chosen by name in more ways than one can list; they stand somewhere as a word of their own."""
    text = sources()
    assert {key for key in ENGLISH if f'"{key}"' not in text and f"'{key}'" not in text} <= {"no_retry", "no_edit"}


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_call_gives_the_values_that_the_words_have_room_for() -> None:
    checked = 0
    for file in files():
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(ast.Name("words"), [ast.Constant(str(key))], keywords):
                    assert {one.arg for one in keywords} == placeholders(ENGLISH[key]), f"{file.name}: {key}"
                    checked += 1
    assert checked > 100


def test_no_key_stands_in_two_places() -> None:
    assert len(ENGLISH) == sum(map(len, (GENERAL, WEB, TERMINAL, DISCORD, SLACK, VOICE)))


def test_placeholders_have_names() -> None:
    for key, template in ENGLISH.items():
        for _, name, _, _ in string.Formatter().parse(template):
            assert name is None or name.isidentifier(), key


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("no such key")


def test_words_with_values() -> None:
    assert words("n_files", count=3) == "3 files"
