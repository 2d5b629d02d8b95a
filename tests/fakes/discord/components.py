"""The limits of components: rows of legacy messages, and Components V2.

reference: Components V2 (40 components, 4,000 characters, rows, buttons, selects, sections, galleries,
containers).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fakes.discord.errors import Json, Path, Problems

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER = 9, 10, 11, 12, 13, 14, 17
LABEL, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 18, 19, 21, 22, 23

SELECTS = frozenset({STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
IN_CONTAINER = frozenset({ROW, TEXT, SECTION, GALLERY, SEPARATOR, FILE})
AT_TOP = IN_CONTAINER | {CONTAINER}
LINK, PREMIUM = 5, 6

MOST_COMPONENTS, MOST_TEXT = 40, 4000


def walk(components: object) -> Iterator[Json]:
    """Every component with those inside it, as they are counted and searched."""
    for component in components if isinstance(components, list) else []:
        if not isinstance(component, dict):
            continue
        yield component
        yield from walk(component.get("components"))
        yield from walk([component[key] for key in ("accessory", "component") if key in component])


def texts(components: object) -> str:
    """All text displays together: it counts against the limit, and it mentions people."""
    return "\n".join(str(each.get("content", "")) for each in walk(components) if each.get("type") == TEXT)


def number(components: list[Json]) -> None:
    """Give every component without an `id` one, as Discord does."""
    for position, component in enumerate(walk(components), start=1):
        component.setdefault("id", position)


def check_message(components: object, v2: bool, files: set[str], problems: Problems) -> None:
    """Check the components of a message; `files` are the names of its attachments."""
    checker = _Checker(problems, files)
    if not v2:
        rows = problems.count(("components",), components, 5)
        for position, row in enumerate(rows):
            checker.among(row, frozenset({ROW}), ("components", position))
        return
    everything = list(walk(components))
    if len(everything) > MOST_COMPONENTS:
        message = f"A message has at most {MOST_COMPONENTS} components"
        problems.add(("components",), "BASE_TYPE_BAD_LENGTH", message)
    # Each text display, not their joined form, counts.
    if sum(len(str(each.get("content", ""))) for each in everything if each.get("type") == TEXT) > MOST_TEXT:
        message = f"Displayable text size exceeds maximum size of {MOST_TEXT}"
        problems.add(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
    for position, component in enumerate(problems.count(("components",), components, MOST_COMPONENTS)):
        checker.among(component, AT_TOP, ("components", position))


class _Checker:
    """Walks one message. custom_ids must differ over all of it."""

    def __init__(self, problems: Problems, files: set[str]) -> None:
        self._problems = problems
        self._files = files
        self._custom_ids: set[str] = set()

    def among(self, component: Any, kinds: frozenset[int], path: Path) -> None:
        """A component must be of one of these kinds, and right in itself."""
        kind = component.get("type") if isinstance(component, dict) else None
        if kind not in kinds:
            allowed = ", ".join(str(each) for each in sorted(kinds))
            message = f'Value of field "type" must be one of ({allowed}).'
            self._problems.add((*path, "type"), "UNION_TYPE_CHOICES", message)
            return
        checks = {
            ROW: self._row,
            BUTTON: self._button,
            SECTION: self._section,
            TEXT: self._text,
            THUMBNAIL: self._thumbnail,
            GALLERY: self._gallery,
            FILE: self._file,
            CONTAINER: self._container,
        }
        if kind in SELECTS:
            check_select(component, path, self._problems)
            self._custom_id(component, path)
        elif kind in checks:
            checks[kind](component, path)

    def _row(self, row: Json, path: Path) -> None:
        inside = self._problems.count((*path, "components"), row.get("components"), 5, 1)
        kinds = [each.get("type") for each in inside if isinstance(each, dict)]
        if len(inside) > 1 and any(kind in SELECTS for kind in kinds):
            message = "A row holds up to 5 buttons or one select"
            self._problems.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)
        for position, component in enumerate(inside):
            self.among(component, SELECTS | {BUTTON}, (*path, "components", position))

    def _button(self, button: Json, path: Path) -> None:
        problems = self._problems
        if button.get("style") not in range(1, 7):
            message = "Value must be one of {1, 2, 3, 4, 5, 6}."
            problems.add((*path, "style"), "BASE_TYPE_CHOICES", message)
        if not button.get("label") and not button.get("emoji"):
            problems.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji")
        problems.longer((*path, "label"), button.get("label") or "", 80)
        if button.get("style") == LINK:
            problems.longer((*path, "url"), button.get("url", ""), 512, 1)
            if button.get("custom_id"):
                message = "A custom id and url cannot both be specified"
                problems.add(path, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", message)
        elif button.get("style") != PREMIUM:
            self._custom_id(button, path)

    def _custom_id(self, component: Json, path: Path) -> None:
        own = component.get("custom_id", "")
        self._problems.longer((*path, "custom_id"), own, 100, 1)
        if own in self._custom_ids:
            message = "Component custom id cannot be duplicated"
            self._problems.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message)
        self._custom_ids.add(own)

    def _section(self, section: Json, path: Path) -> None:
        inside = self._problems.count((*path, "components"), section.get("components"), 3, 1)
        for position, component in enumerate(inside):
            self.among(component, frozenset({TEXT}), (*path, "components", position))
        self.among(section.get("accessory"), frozenset({BUTTON, THUMBNAIL}), (*path, "accessory"))

    def _text(self, text: Json, path: Path) -> None:
        self._problems.longer((*path, "content"), text.get("content", ""), MOST_TEXT, 1)

    def _thumbnail(self, thumbnail: Json, path: Path) -> None:
        self._media(thumbnail.get("media"), (*path, "media"), foreign=True)
        self._problems.longer((*path, "description"), thumbnail.get("description") or "", 1024)

    def _gallery(self, gallery: Json, path: Path) -> None:
        items = self._problems.count((*path, "items"), gallery.get("items"), 10, 1)
        for position, item in enumerate(items):
            self._media(item.get("media"), (*path, "items", position, "media"), foreign=True)
            self._problems.longer((*path, "items", position, "description"), item.get("description") or "", 1024)

    def _file(self, file: Json, path: Path) -> None:
        self._media(file.get("file"), (*path, "file"), foreign=False)

    def _media(self, media: object, path: Path, *, foreign: bool) -> None:
        """A picture or file: `attachment://` of this message or, where `foreign`, an address of the web."""
        url = media.get("url") if isinstance(media, dict) else None
        if not isinstance(url, str):
            self._problems.add((*path, "url"), "BASE_TYPE_REQUIRED", "This field is required")
        elif url.startswith("attachment://"):
            if url.removeprefix("attachment://") not in self._files:
                message = f"The referenced attachment {url} was not found"
                self._problems.add((*path, "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", message)
        elif not foreign or not url.startswith(("https://", "http://")):
            self._problems.add(
                (*path, "url"), "URL_TYPE_INVALID_SCHEME", "Scheme must be one of attachment, https"
            )

    def _container(self, container: Json, path: Path) -> None:
        for position, component in enumerate(container.get("components") or []):
            self.among(component, IN_CONTAINER, (*path, "components", position))


def check_select(select: Json, path: Path, problems: Problems) -> None:
    """A select of a message or a modal, but for its custom_id."""
    problems.longer((*path, "placeholder"), select.get("placeholder") or "", 150)
    for name, least in (("min_values", 0), ("max_values", 1)):
        if not least <= int(select.get(name, 1)) <= 25:
            problems.add((*path, name), "NUMBER_TYPE_MAX", f"int value should be between {least} and 25.")
    if select.get("type") == STRING_SELECT:
        check_options(select.get("options"), (*path, "options"), problems)


def check_options(options: object, path: Path, problems: Problems, least: int = 1, most: int = 25) -> None:
    """The options of a select, a radio group or a group of checkboxes."""
    seen: set[str] = set()
    for position, option in enumerate(problems.count(path, options, most, least)):
        for name in ("label", "value"):
            problems.longer((*path, position, name), option.get(name, ""), 100, 1)
        problems.longer((*path, position, "description"), option.get("description") or "", 100)
        if option.get("value") in seen:
            message = "The specified option value is already used"
            problems.add((*path, position, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
        seen.add(option.get("value", ""))
