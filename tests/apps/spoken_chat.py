"""Blocks, the conversational guide: a streaming microphone, a pause that ends the utterance, a spoken reply.

There is no box to type in: only voice can drive it. An utterance ends with a chunk that is silent. The door
`heard` gives the length of every chunk, in samples, and its CRC-32.
"""

from __future__ import annotations

import io
import wave
import zlib
from dataclasses import dataclass, field

import gradio as gr
import numpy as np
from support.doors import Record, expose
from support.files import write
from support.versions import MESSAGES

from fakes import samples


@dataclass
class Call:
    rate: int = 0
    heard: list = field(default_factory=list)
    paused: bool = False
    stopped: bool = False
    conversation: list = field(default_factory=list)


record = Record()


def listen(audio: tuple, call: Call):
    call.rate, chunk = audio
    record.add([len(chunk), zlib.crc32(chunk.tobytes())])
    call.heard.append(chunk)
    call.paused = len(call.heard) > 1 and not np.any(chunk)
    return (gr.Audio(recording=False), call) if call.paused else (None, call)


def respond(call: Call):
    if not call.heard:
        yield None, Call(conversation=call.conversation)
        return
    spoken = io.BytesIO()
    with wave.open(spoken, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(call.rate)
        out.writeframes(np.concatenate(call.heard).astype(np.int16).tobytes())
    number = len(call.conversation)
    asked = {"path": write(f"asked{number}.wav", spoken.getvalue()), "mime_type": "audio/wav"}
    reply = samples.wav(200)
    yield reply, call
    said = {"path": write(f"said{number}.wav", reply), "mime_type": "audio/wav"}
    entries = [{"role": "user", "content": asked}, {"role": "assistant", "content": said}]
    yield None, Call(conversation=[*call.conversation, *entries])


def resume(call: Call):
    return None if call.stopped else gr.Audio(recording=True)


with gr.Blocks() as demo:
    microphone = gr.Audio(label="Input Audio", sources="microphone", type="numpy")
    chatbot = gr.Chatbot(label="Conversation", **MESSAGES)
    speaker = gr.Audio(label="Output Audio", streaming=True, autoplay=True)
    state = gr.State(Call())
    microphone.stream(listen, [microphone, state], [microphone, state], stream_every=0.5, time_limit=30)
    answered = microphone.stop_recording(respond, [state], [speaker, state])
    answered.then(lambda call: call.conversation, [state], [chatbot])
    restarted = speaker.stop(resume, [state], [microphone])
    gr.Button("Stop Conversation", variant="stop").click(
        lambda: (Call(stopped=True), gr.Audio(recording=False)),
        None,
        [state, microphone],
        cancels=[answered, restarted],
    )


def heard() -> list:
    return record.entries()


expose(demo, heard=heard)
