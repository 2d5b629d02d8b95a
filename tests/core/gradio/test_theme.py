"""What is read of an app's theme."""

from __future__ import annotations

import pytest

from trunkline.gradio.theme import parse_theme

CSS = """
@font-face { font-family: 'Lora'; src: url('static/fonts/Lora.woff2'); }
:root {
  --primary-500: #f97316; --neutral-800: #27272a;
  --body-background-fill: var(--background-fill-primary); --background-fill-primary: white;
  --body-text-color: var(--neutral-800); --color-accent: var(--primary-500);
  --border-color-primary: var(--a); --a: var(--b); --b: var(--a);
  --body-text-color-subdued: var(--missing);
  --shadow-drop: 1px;
}
DARK { --background-fill-primary: #09090b; --neutral-800: #eee; }
"""


@pytest.mark.parametrize("selector", [":root .dark", ":root.dark, :root .dark", ".dark"])
def test_both_schemes_with_their_references_followed(selector: str) -> None:
    """As Gradio 5 and 6 name the dark one; what goes in circles, or nowhere, is left out."""
    assert parse_theme(CSS.replace("DARK", selector)) == {
        "light": {"body-background-fill": "white", "body-text-color": "#27272a", "color-accent": "#f97316"},
        "dark": {"body-background-fill": "#09090b", "body-text-color": "#eee", "color-accent": "#f97316"},
    }


@pytest.mark.parametrize("css", ["", "<html>no such page</html>", ":root {", "body { color: red; }"])
def test_a_page_without_a_theme(css: str) -> None:
    assert parse_theme(css) == {}
