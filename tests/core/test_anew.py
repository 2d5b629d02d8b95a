"""A button of the app's that puts another conversation in place of this one."""

from __future__ import annotations

from pathlib import Path

from contract.harness import FakeHarness
from fakes.backend import ScriptedBackend
from fakes.platform import TRAITS
from trunkline.backend import Button
from trunkline.inbound import Press
from trunkline.messages import Message, Reply, Text

STORY = (Message("user", (Text("once"),)), Message("assistant", (Text("upon a time"),)))


async def test_what_stands_in_place_of_the_history_is_the_history(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    backend.change(buttons=(Button("story", "Tell a story", "turn"),))
    harness = FakeHarness(tmp_path, TRAITS[0], backend)
    await harness.start()
    await harness.say("hello")
    await harness.settled()
    backend.script = lambda request, number: [Reply(STORY, state="final", anew=True)]
    await harness.do(Press("story"))
    await harness.settled()
    assert [message.text for message in await harness.history()] == ["once", "upon a time"]
    backend.script = lambda request, number: ["and then"]
    await harness.say("go on")
    await harness.settled()
    assert [message.text for message in backend.requests[-1].history] == ["once", "upon a time"]
    await harness.stop()
