"""A speech engine as a process, which behaves as its arguments tell: see `trunkline.audio.engines.process`.

    python speech_engine.py HOW

HOW: nothing, refuse, unloadable, refuse-to-load, slow-to-load, die, babble, hang, stall, deaf

It "recognises" how many bytes it got, and "speaks" two samples for each word, of the word's length.
"""

from __future__ import annotations

import json
import os
import signal
import sys


def write(message: dict[str, object], body: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n" + body)
    sys.stdout.buffer.flush()


def load(how: str) -> None:
    if how == "unloadable":
        # As an engine does whose answers are closed before its error is written.
        os.close(1)
        raise OSError("no model here")
    if how == "refuse-to-load":
        write({"error": "the model is too old"})
        sys.exit()
    if how == "slow-to-load":
        signal.pause()
    write({"ready": True})


def answer(how: str, question: dict[str, object], data: bytes, number: int) -> None:
    if how == "refuse":
        write({"error": "no such voice"})
    elif how == "die":
        sys.exit(1)
    elif how == "babble":
        sys.stdout.buffer.write(b"no JSON\n")
        sys.exit(1)
    elif how == "hang":
        signal.pause()
    elif "text" in question:
        for word in str(question["text"]).split():
            write({"rate": 8_000, "size": 4}, bytes([len(word), 0]) * 2)
            if how == "stall":
                signal.pause()
        write({"end": True})
    else:
        write({"text": f"{len(data)} bytes, question {number}", "language": question["language"]})


def main() -> None:
    how = sys.argv[1] if len(sys.argv) > 1 else ""
    load(how)
    if how == "deaf":
        signal.pause()
    number = 0
    while line := sys.stdin.buffer.readline():
        question = json.loads(line)
        number += 1
        answer(how, question, sys.stdin.buffer.read(question["size"]), number)


main()
