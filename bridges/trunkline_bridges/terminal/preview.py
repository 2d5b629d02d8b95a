"""How a conversation looks in a terminal, as a page: the same lines, with their colours as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterator
from io import StringIO
from typing import Final, cast

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from trunkline.bridge import Scene, TurnView, View

from .drawing import Pen
from .options import Colour
from .render import render

_WIDTH: Final = 72
_THEME: Final = TerminalTheme(
    (21, 23, 30),
    (226, 229, 238),
    [
        (70, 75, 92),
        (240, 113, 120),
        (140, 200, 120),
        (229, 192, 123),
        (120, 170, 255),
        (199, 146, 234),
        (110, 205, 220),
        (215, 218, 228),
    ],
)
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
html {{ color-scheme: dark; background: #15171e; }}
body {{ margin: 0; padding: 18px 20px; color: #e2e5ee; }}
pre {{ margin: 0; font: 13px/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-x: auto; }}
</style></head><body><pre tabindex="0" aria-label="{title}">{lines}</pre></body></html>
"""


def preview(scene: Scene) -> str:
    """The page of a scene."""
    colour = cast("Colour", scene.options.get("colour", "auto"))
    pen = Pen(_WIDTH, "always" if colour == "auto" else colour)
    screen = Console(record=True, width=_WIDTH * 2, file=StringIO(), color_system="truecolor", force_terminal=True)
    for number, turn in enumerate(scene.turns, 1):
        for line in _turn(pen, scene, turn, newest=number == len(scene.turns)):
            screen.print(Text.from_ansi(line), soft_wrap=True)
    lines = screen.export_html(theme=_THEME, code_format="{code}", inline_styles=True)
    return _PAGE.format(title=html.escape("Terminal: " + (scene.profile.title or scene.name)), lines=lines)


def _turn(pen: Pen, scene: Scene, turn: TurnView, *, newest: bool) -> Iterator[str]:
    if turn.user is not None:
        said = turn.user.text or ", ".join(media.name or media.kind for media in turn.user.media)
        yield from pen.styled(f"› {said}", "bold cyan")
        yield ""
    view = View(scene.profile, turn.id, newest=newest, options=scene.options, link=scene.link)
    for post in render(turn.reply, view, (), scene.now):
        yield from pen.reply(post.body, math=scene.profile.latex_delimiters).lines
    yield ""
