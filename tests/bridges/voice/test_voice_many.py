"""More calls at once than a process takes."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.calls import FakeCall
from trunkline.errors import Denied


async def test_a_call_too_many_is_denied_in_a_sentence_and_the_others_go_on(ring: Any) -> None:
    phone = await ring(most_calls=1)
    other = FakeCall(phone.clock)
    other.name = "another"
    with pytest.raises(Denied, match="Too many people are talking"):
        await phone.calls.hold(other)
    await phone.say("Still there?")
    await phone.answer("Yes.")
    assert phone.speech.spoken[-1][0] == "Yes."

    await phone.call.leave()
    await phone.holding
    assert not phone.bridge.calls
