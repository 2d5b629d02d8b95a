"""What goes into a page's microphone and comes out of its loudspeaker, by the clock of its audio thread."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

from trunkline.audio.events import BargeIn, SpeechStarted
from trunkline.audio.pause import PauseDetector, PauseSettings
from trunkline.audio.vad import VadPool

_WORKLET = """registerProcessor("tap", class extends AudioWorkletProcessor {
  constructor() { super(); this.kept = []; }
  process([microphone, loudspeaker]) {
    const peak = (input) => (input?.[0] ?? []).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.kept.push([currentTime * 1000, peak(microphone), peak(loudspeaker)]);
    if (this.kept.length === 64) { this.port.postMessage(this.kept); this.kept = []; }
    return true;
  }
});"""
_TAP = """(tap) => {
  window.tapped = {blocks: [], ahead: [], sent: [], flushed: []};
  const {tapped} = window;
  const {addModule} = AudioWorklet.prototype;
  AudioWorklet.prototype.addModule = async function (address) {
    await addModule.call(this, URL.createObjectURL(new Blob([tap], {type: "text/javascript"})));
    await addModule.call(this, address);
  };
  const taps = new Map();
  const tapOf = (context) => {
    if (!taps.has(context)) {
      const node = new AudioWorkletNode(context, "tap", {numberOfInputs: 2, numberOfOutputs: 1});
      node.port.onmessage = ({data}) => {
        tapped.ahead.push(performance.now() - data.at(-1)[0]);
        tapped.blocks.push(...data);
      };
      taps.set(context, node);
      connect.call(node, context.destination);
    }
    return taps.get(context);
  };
  const {connect} = AudioNode.prototype;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to === this.context.destination) connect.call(this, tapOf(this.context), 0, 1);
    else if (to instanceof AudioWorkletNode) connect.call(this, tapOf(this.context), 0, 0);
    return connect.call(this, to, ...more);
  };
  const {send} = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    if (typeof data !== "string") tapped.sent.push([new DataView(data).getUint32(12, true), performance.now()]);
    return send.call(this, data);
  };
  const {postMessage} = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (data, ...more) {
    if (data?.type === "flush") tapped.flushed.push(performance.now());
    return postMessage.call(this, data, ...more);
  };
}"""
_HEADER = struct.Struct("<BBBBIII")
_LOUD = 0.05
"""A peak that is speech, of 1."""
_PAUSE_MS = 1_000


@dataclass(frozen=True, slots=True)
class Sounds:
    """Times in ms of the page's clock: per block of 128 samples when it was, and the peaks of both sides."""

    at: NDArray[np.float64]
    microphone: NDArray[np.float64]
    loudspeaker: NDArray[np.float64]

    def spoke_up(self, before: float) -> float:
        """When somebody began to say what they were saying then."""
        loud = self.at[(self.microphone > _LOUD) & (self.at < before)]
        pauses = np.flatnonzero(np.diff(loud) > _PAUSE_MS)
        return float(loud[pauses[-1] + 1] if pauses.size else loud[0])

    def last_said(self, before: float) -> float:
        return float(self.at[(self.microphone > _LOUD) & (self.at < before)].max())

    def first_heard(self, after: float) -> float:
        """0 for never."""
        return float(min(self.at[(self.loudspeaker > 0) & (self.at > after)], default=0.0))

    def last_heard(self, after: float, before: float) -> float:
        return float(self.at[(self.loudspeaker > 0) & (self.at > after) & (self.at < before)].max())


class Tap:
    """Lays itself on a page's sound before a call begins. The page must run any script (`bypass_csp`)."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._pieces: dict[int, bytes] = {}
        page.on("websocket", lambda socket: socket.on("framesent", self._sent))

    async def lay(self) -> None:
        await self._page.evaluate(_TAP, _WORKLET)

    def _sent(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self._pieces[_HEADER.unpack_from(data)[6]] = data[_HEADER.size :]

    async def sounds(self, until: float = 0.0) -> Sounds:
        """All by now, waited for till it reaches so far."""
        await self._page.wait_for_function(
            "(until) => window.tapped.blocks.at(-1)[0] + Math.min(...window.tapped.ahead) > until", arg=until
        )
        tapped = await self._page.evaluate("window.tapped")
        # A message takes its time: the fastest tells how far the clocks are apart.
        blocks = np.array(tapped["blocks"])
        return Sounds(blocks[:, 0] + min(tapped["ahead"]), blocks[:, 1], blocks[:, 2])

    async def flushed(self) -> list[float]:
        """When the page was told to be silent, and told its loudspeaker."""
        return [float(at) for at in await self._page.evaluate("window.tapped.flushed")]

    async def heard_250_ms(self) -> list[float]:
        """When the page sent the piece that completes the first 250 ms of each utterance, by our own detector."""
        sent = dict(await self._page.evaluate("window.tapped.sent"))
        pool = VadPool()
        detector = PauseDetector(PauseSettings(), pool.acquire())
        times = []
        for position, pcm in sorted(self._pieces.items()):
            events = detector.feed((16_000, np.frombuffer(pcm, "<i2").astype(np.int16)))
            if any(isinstance(event, SpeechStarted | BargeIn) for event in events):
                times.append(float(sent[position]))
        return times
