"""Stand-ins for the model libraries of Gradio's guide: each has the shape of its calls, none a network.

The model answers with how many messages it was given and the last of them, so that a test sees what reached it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from support.model import text_of, words


def completion(turns: Sequence[tuple[str, str]]) -> str:
    roles = "".join(role[0] for role, _ in turns)
    return f"{len(turns)} messages ({roles}), the last: {turns[-1][1]}"


@dataclass
class Delta:
    content: str | None


@dataclass
class Choice:
    delta: Delta


@dataclass
class Chunk:
    choices: list[Choice]


class OpenAIShaped:
    """As the clients of OpenAI, SambaNova and Hyperbolic: messages in, chunks with a delta out."""

    def create(self, *, messages: list[dict[str, Any]], stream: bool = True) -> Iterator[Chunk]:
        text = completion([(entry["role"], text_of(entry["content"])) for entry in messages])
        yield Chunk([Choice(Delta(None))])
        shown = ""
        for grown in words(text):
            yield Chunk([Choice(Delta(grown[len(shown) :]))])
            shown = grown


@dataclass
class HumanMessage:
    content: str


@dataclass
class AIMessage:
    content: str


class LangChainShaped:
    """As a LangChain chat model: message objects in, one message object out."""

    def invoke(self, messages: Sequence[HumanMessage | AIMessage]) -> AIMessage:
        roles = {HumanMessage: "human", AIMessage: "ai"}
        return AIMessage(completion([(roles[type(entry)], entry.content) for entry in messages]))


class Index:
    """As a LlamaIndex query engine: finds the document that shares the most words with a question."""

    def __init__(self, documents: Sequence[str]) -> None:
        self._documents = documents

    def query(self, question: str) -> str:
        wanted = set(question.lower().split())
        return max(self._documents, key=lambda document: len(wanted & set(document.lower().split())))


class IteratorStreamer:
    """As transformers' streamer: one thread puts text in, another iterates over it."""

    def __init__(self) -> None:
        self._texts: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def generate(self, prompt: str) -> None:
        shown = ""
        for grown in words(f"{prompt.count('<')} turns, the last: {prompt.rpartition('>')[2]}"):
            self._texts.put(grown[len(shown) :])
            shown = grown
        self._texts.put(None)

    def start(self, prompt: str) -> threading.Thread:
        thread = threading.Thread(target=self.generate, args=(prompt,))
        thread.start()
        return thread

    def __iter__(self) -> Iterator[str]:
        while (text := self._texts.get()) is not None:
            yield text


@dataclass
class Step:
    tool: str
    log: str


class Agent:
    """As an agent executor: yields steps, then the output."""

    async def astream(self, prompt: str) -> AsyncIterator[dict[str, Any]]:
        yield {"steps": [Step("search", f"Looking for {prompt}")]}
        yield {"steps": [Step("calculator", "2 + 2 = 4"), Step("clock", "It is noon")]}
        yield {"output": f"Found {prompt}"}
