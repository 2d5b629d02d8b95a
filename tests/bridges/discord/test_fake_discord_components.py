"""The fake's limits of components, modals and commands: one too many of each."""

from __future__ import annotations

import pytest

from fakes.discord.commands import check_command
from fakes.discord.components import check_message
from fakes.discord.errors import Json, Path, Problems, Refused
from fakes.discord.modals import check_modal


def button(number: int = 0, **more: object) -> Json:
    return {"type": 2, "style": 1, "label": "x", "custom_id": f"b{number}"} | more


def row(*inside: Json) -> Json:
    return {"type": 1, "components": list(inside)}


def select(options: int = 1, **more: object) -> Json:
    offered = [{"label": str(number), "value": str(number)} for number in range(options)]
    return {"type": 3, "custom_id": "s", "options": offered} | more


def text(content: str = "x") -> Json:
    return {"type": 10, "content": content}


def section(*inside: Json, accessory: Json | None = None) -> Json:
    return {"type": 9, "components": list(inside), "accessory": accessory or button()}


def gallery(items: int, url: str = "https://example.org/a.png") -> Json:
    return {"type": 12, "items": [{"media": {"url": url}}] * items}


def problems_of(components: list[Json], *, v2: bool) -> Json:
    problems = Problems()
    check_message(components, v2, {"a.png"}, problems)
    return problems.tree


@pytest.mark.parametrize(
    "components",
    [
        [row(*(button(5 * line + each) for each in range(5))) for line in range(5)],
        [row(select(25, placeholder="p" * 150))],
        [row(button(label="x" * 80, custom_id="c" * 100))],
        [row({"type": 2, "style": 5, "label": "x", "url": "https://" + "x" * 504})],
    ],
)
def test_legacy_rows_at_their_limits(components: list[Json]) -> None:
    assert problems_of(components, v2=False) == {}


@pytest.mark.parametrize(
    "components",
    [
        [row(button(line)) for line in range(6)],
        [row(*(button(each) for each in range(6)))],
        [row()],
        [row(button(), button())],
        [row(button(label="x" * 81))],
        [row(button(label=""))],
        [row(button(custom_id="c" * 101))],
        [row(button(custom_id=""))],
        [row(button(style=9))],
        [row({"type": 2, "style": 5, "label": "x", "url": "https://" + "x" * 505})],
        [row({"type": 2, "style": 5, "label": "x", "url": "https://x", "custom_id": "c"})],
        [row(select(26))],
        [row(select(0))],
        [row(select(placeholder="p" * 151))],
        [row(select(options=1, max_values=26))],
        [row(select(), button())],
        [row(select() | {"options": [{"label": "x" * 101, "value": "v"}]})],
        [row(select() | {"options": [{"label": "x", "value": "v" * 101}]})],
        [row(select() | {"options": [{"label": "x", "value": "v", "description": "d" * 101}]})],
        [row(select() | {"options": [{"label": "x", "value": "v"}] * 2})],
        [text()],
        [button()],
    ],
)
def test_legacy_rows_beyond_their_limits(components: list[Json]) -> None:
    assert problems_of(components, v2=False)


@pytest.mark.parametrize(
    "components",
    [
        [text() for _ in range(40)],
        [text("x" * 2000), text("x" * 2000)],
        [
            {
                "type": 17,
                "components": [
                    text(),
                    row(button()),
                    gallery(10),
                    {"type": 14},
                    section(text(), accessory=button(1)),
                ],
            }
        ],
        [section(text(), text(), text())],
        [section(text(), accessory={"type": 11, "media": {"url": "attachment://a.png"}})],
        [{"type": 13, "file": {"url": "attachment://a.png"}}],
    ],
)
def test_layouts_at_their_limits(components: list[Json]) -> None:
    assert problems_of(components, v2=True) == {}


@pytest.mark.parametrize(
    "components",
    [
        [text() for _ in range(41)],
        [{"type": 17, "components": [text() for _ in range(40)]}],
        [text("x" * 2000), text("x" * 2001)],
        [text("")],
        [section()],
        [section(text(), text(), text(), text())],
        [section(button(1))],
        [section(text(), accessory=text())],
        [gallery(0)],
        [gallery(11)],
        [gallery(1, "attachment://missing.png")],
        [gallery(1, "ftp://example.org/a.png")],
        [{"type": 13, "file": {"url": "https://example.org/a.pdf"}}],
        [{"type": 13, "file": {}}],
        [{"type": 17, "components": [{"type": 17, "components": [text()]}]}],
        [button()],
        [row(button()), row(button())],
    ],
)
def test_layouts_beyond_their_limits(components: list[Json]) -> None:
    assert problems_of(components, v2=True)


def field(**more: object) -> Json:
    return {"type": 4, "custom_id": "t", "style": 1} | more


def label(component: Json, **more: object) -> Json:
    return {"type": 18, "label": "x", "component": component} | more


def modal(*components: Json, **more: object) -> Json:
    return {"title": "x", "custom_id": "m", "components": list(components)} | more


def choices(number: int) -> list[Json]:
    return [{"label": str(each), "value": str(each)} for each in range(number)]


@pytest.mark.parametrize(
    "form",
    [
        modal(*(label(field(custom_id=str(number))) for number in range(5)), title="x" * 45),
        modal(label(field(max_length=4000, value="x" * 4000), label="x" * 45, description="x" * 100)),
        modal(label({"type": 19, "custom_id": "f", "min_values": 0, "max_values": 10})),
        modal(label({"type": 21, "custom_id": "r", "options": choices(10)})),
        modal(label({"type": 22, "custom_id": "c", "options": choices(1)})),
        modal(label({"type": 23, "custom_id": "c"})),
        modal(label(select(25))),
        modal(text(), row(field(label="old"))),
    ],
)
def test_modals_at_their_limits(form: Json) -> None:
    check_modal(form)


@pytest.mark.parametrize(
    ("form", "place"),
    [
        (modal(label(field()), title="x" * 46), "title"),
        (modal(label(field()), custom_id="m" * 101), "custom_id"),
        (modal(), "components"),
        (modal(*(label(field(custom_id=str(number))) for number in range(6))), "components"),
        (modal(label(field(), label="x" * 46)), "components"),
        (modal(label(field(), description="x" * 101)), "components"),
        (modal(label(field()), label(field())), "components"),
        (modal(label(field(value="x" * 4001))), "components"),
        (modal(label(field(max_length=4001))), "components"),
        (modal(label(field(placeholder="x" * 101))), "components"),
        (modal(label(field(style=3))), "components"),
        (modal(label({"type": 19, "custom_id": "f", "max_values": 11})), "components"),
        (modal(label({"type": 21, "custom_id": "r", "options": choices(1)})), "components"),
        (modal(label({"type": 21, "custom_id": "r", "options": choices(11)})), "components"),
        (modal(label({"type": 22, "custom_id": "c", "options": choices(11)})), "components"),
        (modal(label(select(26))), "components"),
        (modal(label(button())), "components"),
        (modal(button()), "components"),
        (modal(row(field(label="x" * 46))), "components"),
    ],
)
def test_modals_beyond_their_limits(form: Json, place: str) -> None:
    with pytest.raises(Refused) as refused:
        check_modal(form)
    assert set(refused.value.body()["errors"]["data"]) == {place}


def command(**more: object) -> Json:
    return {"name": "ask", "description": "x"} | more


def option(name: str = "o", **more: object) -> Json:
    return {"name": name, "description": "x", "type": 3} | more


@pytest.mark.parametrize(
    ("form", "place"),
    [
        (command(), ()),
        (command(name="Ask"), ("name",)),
        (command(name="a b"), ("name",)),
        (command(name="x" * 33), ("name",)),
        (command(description=""), ("description",)),
        (command(description="x" * 101), ("description",)),
        (command(options=[option(f"o{number}") for number in range(26)]), ("options",)),
        (command(options=[option("a"), option("b", required=True)]), ("options",)),
        (command(options=[option(choices=[{"name": "x", "value": "x"}] * 26)]), ("options",)),
        (command(options=[option(description="x" * 101)]), ("options",)),
        ({"name": "Ask about this", "type": 3}, ()),
        ({"name": "x", "type": 3, "description": "d"}, ("description",)),
    ],
)
def test_commands_have_limits(form: Json, place: Path) -> None:
    problems = Problems()
    check_command(form, (), problems)
    assert set(problems.tree) == set(place)


def test_a_command_has_8000_characters_in_all() -> None:
    def options(number: int) -> list[Json]:
        each = [{"name": f"{choice:02}", "value": "x" * 97} for choice in range(20)]
        return [option(f"o{position}", choices=each) for position in range(number)]

    for number, right in ((4, True), (5, False)):
        problems = Problems()
        check_command(command(options=options(number)), (), problems)
        assert (problems.tree == {}) is right
