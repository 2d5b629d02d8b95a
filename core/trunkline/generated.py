"""Files made from the code: `python -m trunkline.generated` writes them, `--check` says which are out of date."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from .app import descriptors
from .bridge import Descriptor
from .settings import AppTable, settings_type

HEADER = """\
# Every setting of Trunkline with its default. Copy to trunkline.toml and keep what you change.
# Any key may be given as an environment variable instead: TRUNKLINE_STORE__URL for store.url.
# This file is generated: python -m trunkline.generated
"""


def settings_example(known: Sequence[Descriptor]) -> str:
    """The text of settings.example.toml."""
    settings = settings_type(known)
    lines = [HEADER]
    for name, field in settings.model_fields.items():
        if _table(field) is None and name != "apps":
            lines += _entry(name, field)
    lines += ["", "[apps.default]", *_entries(AppTable)]
    secrets = {d.name: {option: variable for variable, option in d.secrets.items()} for d in known}
    for name, field in settings.model_fields.items():
        table = _table(field)
        if table is not None:
            lines += ["", f"[{name}]", *_entries(table, secrets.get(name, {}))]
    return "\n".join(lines) + "\n"


def _table(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _entries(table: type[BaseModel], secrets: dict[str, str] | None = None) -> Iterator[str]:
    for name, field in table.model_fields.items():
        if secrets and name in secrets:
            yield f"# {field.description} Secret: set {secrets[name]} in the environment."
        else:
            yield from _entry(name, field)


def _entry(name: str, field: FieldInfo) -> Iterator[str]:
    if field.description:
        yield f"# {field.description}"
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is PydanticUndefined:
        yield f'{name} = "http://127.0.0.1:7860"'
    else:
        yield f"# {name} = {_toml(default)}"


def _toml(value: Any) -> str:
    match value:
        case SecretStr():
            return '""'
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case dict():
            return (
                "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }" if value else "{}"
            )
        case tuple() | list() | frozenset():
            return "[" + ", ".join(_toml(item) for item in value) + "]"
        case None:
            return '""'
        case _:
            return json.dumps(str(value), ensure_ascii=False)


def files(root: Path) -> dict[Path, str]:
    """Every generated file with the text it should have."""
    return {root / "settings.example.toml": settings_example(descriptors())}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with `--check` name those that differ; the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    stale = []
    for path, text in files(Path.cwd()).items():
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(path.name)
        if "--check" not in given:
            path.write_text(text, "utf-8")
    if stale and "--check" in given:
        sys.stderr.write(f"Out of date: {', '.join(stale)}. Run: make fix\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
