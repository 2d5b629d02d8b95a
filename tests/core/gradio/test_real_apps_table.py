"""The table of `tests/apps/README.md` against the apps that exist and the tests that drive them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
APPS = HERE.parents[1] / "apps"
ROW = re.compile(r"\|[^|]*\|[^|]*\| `(?P<app>\w+)` \|[^|]*\|(?P<tests>[^|]*)\|")
ROWS = {
    row["app"]: re.findall(r"`(\w+)`", row["tests"])
    for row in map(ROW.fullmatch, (APPS / "README.md").read_text().splitlines())
    if row
}


def names_used_by_tests() -> dict[str, set[str]]:
    """Each test with every string it holds, those of its parameters and of the module's fixtures included."""
    used: dict[str, set[str]] = {}
    for path in HERE.glob("test_real_*.py"):
        module = ast.parse(path.read_text())
        functions = {
            node.name: node for node in module.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        strings = {name: strings_in(node) for name, node in functions.items()}
        for name, node in functions.items():
            given = {argument.arg for argument in node.args.args} & strings.keys()
            used[name] = strings[name].union(*(strings[fixture] for fixture in given))
    return used


def strings_in(node: ast.AST) -> set[str]:
    return {
        inner.value for inner in ast.walk(node) if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
    }


USED = names_used_by_tests()


def test_every_app_has_a_row() -> None:
    assert set(ROWS) == {path.stem for path in APPS.glob("*.py")} - {"host"}


@pytest.mark.parametrize("app", ROWS)
def test_the_tests_named_beside_an_app_drive_it(app: str) -> None:
    assert ROWS[app], f"no test is named for {app}"
    for test in ROWS[app]:
        assert test in USED, f"{test} does not exist"
        assert app in USED[test], f"{test} does not start {app}"


@pytest.mark.parametrize("app", ROWS)
def test_every_app_says_what_it_is(app: str) -> None:
    module = ast.parse((APPS / f"{app}.py").read_text())

    assert ast.get_docstring(module)
