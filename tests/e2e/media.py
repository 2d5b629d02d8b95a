"""Whether the browser really shows what stands on the page."""

from __future__ import annotations

from playwright.async_api import Locator, expect

PLAYABLE = 1
"""HTMLMediaElement.HAVE_METADATA: the browser has read what the file is."""
WIDE_PX = 200
"""So much room its controls need."""


async def is_drawn(picture: Locator) -> None:
    """Returns when the browser has decoded it."""
    await picture.scroll_into_view_if_needed()
    await expect(picture).not_to_have_js_property("naturalWidth", 0)
    await expect(picture).to_have_js_property("complete", True)


async def can_be_played(medium: Locator) -> None:
    """Returns when the browser knows what it is and shows it with its controls."""
    element = await medium.element_handle()
    assert element is not None
    page = await element.owner_frame()
    assert page is not None
    shown = f"medium.readyState >= {PLAYABLE} && medium.getBoundingClientRect().width >= {WIDE_PX}"
    await page.wait_for_function(f"medium => {shown}", arg=element)
