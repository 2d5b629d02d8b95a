"""The limits of what stands inside blocks: texts, options, buttons, selects, inputs, feedback buttons.

reference: section 4 (button text 75, value 2,000; feedback buttons 75 and 2,000; image alt 2,000, url 3,000) and
the limits that slack_sdk's own models hold (`models/blocks/block_elements.py`, `basic_components.py`).
"""

from __future__ import annotations

from typing import Any

from fakes.slack.errors import Json, Problems

STATIC_SELECTS = frozenset({"static_select", "multi_static_select"})
OTHER_SELECTS = frozenset(
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("external", "users", "conversations", "channels")
)
CHOICES = frozenset({"checkboxes", "radio_buttons"})
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
TEXT_INPUTS = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input"})
SELECTS = STATIC_SELECTS | OTHER_SELECTS
IN_ACTIONS = SELECTS | CHOICES | PICKERS | {"button", "overflow", "workflow_button", "rich_text_input"}
IN_SECTION = IN_ACTIONS | {"image"}
IN_INPUT = SELECTS | CHOICES | PICKERS | TEXT_INPUTS | {"rich_text_input", "file_input"}
IN_CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})


def check_text(
    text: Any, place: str, most: int, problems: Problems, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")
) -> None:
    """A text object."""
    if not isinstance(text, dict) or text.get("type") not in kinds:
        problems.add(place, f"must be a text object of {' or '.join(kinds)}")
        return
    problems.longer(f"{place}/text", text.get("text"), most)


def check_plain(text: Any, place: str, most: int, problems: Problems) -> None:
    check_text(text, place, most, problems, ("plain_text",))


def check_element(element: Any, place: str, allowed: frozenset[str], problems: Problems) -> None:
    """One element, which must be of an allowed kind."""
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        problems.add(place, f"unsupported type: {kind}")
        return
    if "action_id" in element:
        problems.longer(f"{place}/action_id", element["action_id"], 255)
    if "placeholder" in element:
        check_plain(element["placeholder"], f"{place}/placeholder", 150, problems)
    check = _CHECKS.get(kind)
    if check is not None:
        check(element, place, problems)


def check_action_ids(elements: list[Any], place: str, problems: Problems) -> None:
    """Within one block no `action_id` stands twice."""
    seen: set[str] = set()
    for element in elements:
        key = element.get("action_id") if isinstance(element, dict) else None
        if key in seen:
            problems.add(place, f'action_id "{key}" already exists')
        if key:
            seen.add(key)


def check_image(image: Json, place: str, problems: Problems) -> None:
    """An image has an alternative text and exactly one source."""
    problems.longer(f"{place}/alt_text", image.get("alt_text"), 2000)
    source = image.get("slack_file")
    if (source is None) == ("image_url" not in image):
        problems.add(place, "must have exactly one of image_url and slack_file")
    elif source is not None:
        if not isinstance(source, dict) or len({"id", "url"} & source.keys()) != 1:
            problems.add(f"{place}/slack_file", "must have exactly one of id and url")
    else:
        problems.longer(f"{place}/image_url", image["image_url"], 3000)
        if not str(image["image_url"]).startswith(("https://", "http://")):
            problems.add(f"{place}/image_url", "must be a URL")


def _button(button: Json, place: str, problems: Problems) -> None:
    check_plain(button.get("text"), f"{place}/text", 75, problems)
    problems.longer(f"{place}/value", button.get("value", "-"), 2000)
    problems.longer(f"{place}/url", button.get("url", "-"), 3000)
    problems.longer(f"{place}/accessibility_label", button.get("accessibility_label", "-"), 75)
    if button.get("style", "primary") not in ("primary", "danger"):
        problems.add(f"{place}/style", "must be primary or danger")


def check_options(options: Any, place: str, most: int, problems: Problems) -> list[Json]:
    """Options: text 75, value 150, description 75."""
    found = problems.count(place, options, most)
    for index, option in enumerate(found):
        where = f"{place}/{index}"
        if not isinstance(option, dict):
            problems.add(where, "must be an object")
            continue
        check_text(option.get("text"), f"{where}/text", 75, problems)
        problems.longer(f"{where}/value", option.get("value"), 150)
        if "description" in option:
            check_text(option["description"], f"{where}/description", 75, problems)
    return [each for each in found if isinstance(each, dict)]


def options_of(element: Json) -> list[Json]:
    """All options of a select, those of its groups too."""
    groups = [option for group in element.get("option_groups") or [] for option in group["options"]]
    return list(element.get("options") or groups)


def _static_select(select: Json, place: str, problems: Problems) -> None:
    if ("options" in select) == ("option_groups" in select):
        problems.add(place, "must have exactly one of options and option_groups")
        return
    if "options" in select:
        check_options(select["options"], f"{place}/options", 100, problems)
    for index, group in enumerate(
        problems.count(f"{place}/option_groups", select.get("option_groups", []), 100, 0)
    ):
        where = f"{place}/option_groups/{index}"
        check_plain(group.get("label"), f"{where}/label", 75, problems)
        check_options(group.get("options"), f"{where}/options", 100, problems)
    if not problems.messages:
        _initial(select, place, problems)


def _choices(element: Json, place: str, problems: Problems) -> None:
    check_options(element.get("options"), f"{place}/options", 10, problems)
    if not problems.messages:
        _initial(element, place, problems)


def _initial(element: Json, place: str, problems: Problems) -> None:
    """What is preset must be exactly one of the options."""
    single = [element["initial_option"]] if "initial_option" in element else []
    offered = options_of(element)
    for option in [*single, *element.get("initial_options", [])]:
        if option not in offered:
            problems.add(f"{place}/initial_option", "must match one of the options")


def _overflow(menu: Json, place: str, problems: Problems) -> None:
    check_options(menu.get("options"), f"{place}/options", 5, problems)


def _text_input(element: Json, place: str, problems: Problems) -> None:
    most = element.get("max_length", 3000)
    if not isinstance(most, int) or not 1 <= most <= 3000:
        problems.add(f"{place}/max_length", "must be between 1 and 3000")
        return
    problems.longer(f"{place}/initial_value", element.get("initial_value", ""), most, 0)


def _feedback(buttons: Json, place: str, problems: Problems) -> None:
    """reference: section 4, "Feedback"."""
    for name in ("positive_button", "negative_button"):
        button = buttons.get(name)
        if not isinstance(button, dict):
            problems.add(f"{place}/{name}", "missing required field")
            continue
        check_plain(button.get("text"), f"{place}/{name}/text", 75, problems)
        problems.longer(f"{place}/{name}/value", button.get("value"), 2000)


def _icon_button(button: Json, place: str, problems: Problems) -> None:
    if button.get("icon") != "trash":
        problems.add(f"{place}/icon", "must be trash")
    check_plain(button.get("text"), f"{place}/text", 75, problems)
    problems.longer(f"{place}/value", button.get("value", "-"), 2000)


_CHECKS = {
    "button": _button,
    "checkboxes": _choices,
    "feedback_buttons": _feedback,
    "icon_button": _icon_button,
    "image": check_image,
    "multi_static_select": _static_select,
    "overflow": _overflow,
    "plain_text_input": _text_input,
    "radio_buttons": _choices,
    "static_select": _static_select,
}
