"""Whether the browser really shows what stands on the page."""

from __future__ import annotations

from playwright.async_api import Locator, expect

PLAYABLE = 1
"""HTMLMediaElement.HAVE_METADATA: the browser has read what the file is."""


async def is_drawn(picture: Locator) -> None:
    """Returns when the browser has decoded it."""
    await picture.scroll_into_view_if_needed()
    await expect(picture).not_to_have_js_property("naturalWidth", 0)
    await expect(picture).to_have_js_property("complete", True)


async def can_be_played(medium: Locator) -> None:
    element = await medium.element_handle()
    assert element is not None
    page = await element.owner_frame()
    assert page is not None
    await page.wait_for_function(f"medium => medium.readyState >= {PLAYABLE}", arg=element)
