"""Where an app hears people: the Audio input that an utterance goes into, and what it sets off. Pure.

On such a page a person speaks into a microphone. The app may take the sound while they speak (`stream`, over a
connection of its own kind), as one file when they are done, or with a button beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..backend import Accepts
from ..utterance import Voice
from .attaching import read_beforehand
from .chain import BOX_TYPES, Chain, changes, triggers, useful_chain, walk
from .config import AppConfig, Component, Dependency
from .page import doors

_DONE = ("stop_recording", "change", "input", "upload")
"""What a recording sets off when it is there; the first of these that leads to the chat answers it."""
_Triggers = Mapping[tuple[int, str], tuple[Dependency, ...]]


@dataclass(frozen=True, slots=True)
class Hearing:
    """The way of an utterance into the app: `component` takes it, `chain` answers it once it is over."""

    component: Component
    chain: Chain
    listen: Dependency | None = None
    """Takes the utterance in pieces while it lasts. It may answer by itself: then `chain` has no step."""
    begin: Chain | None = None
    """What the page does when the microphone is switched on."""
    announced: tuple[Chain, ...] = ()
    """What else a file in the component sets off, before `chain`."""

    @property
    def fired(self) -> tuple[int, ...]:
        """The ids of the steps that take part."""
        listening = () if self.listen is None else (self.listen.id,)
        return (*listening, *self.chain.steps)

    def reads_file(self, config: AppConfig) -> bool:
        """Whether the component has to hold the whole utterance when it is over."""
        chains = (self.chain, *self.announced)
        steps = {step for chain in chains for step in chain.steps}
        return any(self.component.id in config.dependencies[step].inputs for step in steps)


def hearings(config: AppConfig, chatbot: Component) -> Iterator[Hearing]:
    """Every way of an utterance to the chat, in the order of the page; a button's come last."""
    started = triggers(config)
    found = (config.components.get(i) for i in config.order)
    microphones = [c for c in found if c is not None and c.type == "audio" and _takes_sound(c)]
    for microphone in microphones:
        hearing = _listening(config, started, microphone, chatbot) or _whole(config, started, microphone, chatbot)
        if hearing is not None:
            yield _complete(config, started, hearing, chatbot)
    for trigger, roots in started.items():
        hearing = _by_button(config, trigger, roots, microphones, chatbot)
        if hearing is not None:
            yield _complete(config, started, hearing, chatbot)


def _takes_sound(component: Component) -> bool:
    return component.visible and component.props.get("interactive") is not False


def _listening(config: AppConfig, started: _Triggers, microphone: Component, chatbot: Component) -> Hearing | None:
    """A microphone whose sound is taken while it lasts."""
    listen = next((d for d in started.get((microphone.id, "stream"), ()) if d.backend), None)
    if listen is None or listen.connection != "stream":
        return None
    trigger = (microphone.id, "stop_recording")
    roots = (*config.children.get(listen.id, ()), *started.get(trigger, ()))
    if chatbot.id not in listen.outputs and not _reaches(config, (listen, *roots), chatbot):
        return None
    return Hearing(microphone, _chain(config, trigger, roots, chatbot, microphone), listen)


def _whole(config: AppConfig, started: _Triggers, microphone: Component, chatbot: Component) -> Hearing | None:
    """A component whose file is answered as soon as it is there."""
    for event in _DONE:
        trigger = (microphone.id, event)
        roots = started.get(trigger, ())
        read = any(microphone.id in s.inputs for s in walk(config, roots) if s.backend)
        if read and _reaches(config, roots, chatbot):
            return Hearing(microphone, _chain(config, trigger, roots, chatbot, microphone))
    return None


def _by_button(
    config: AppConfig,
    trigger: tuple[int, str],
    roots: Sequence[Dependency],
    microphones: Sequence[Component],
    chatbot: Component,
) -> Hearing | None:
    """A button that sends what stands in a component, or what was read from it."""
    button = config.components.get(trigger[0])
    if trigger[1] != "click" or button is None or not button.visible or not _reaches(config, roots, chatbot):
        return None
    steps = [step for step in walk(config, roots) if step.backend]
    read = {i for step in steps for i in step.inputs}
    if any(config.type_of(i) in BOX_TYPES for i in read):
        return None
    read |= set(read_beforehand(config, steps))
    microphone = next((m for m in microphones if m.id in read), None)
    if microphone is None:
        return None
    return Hearing(microphone, _chain(config, trigger, roots, chatbot, microphone))


def _complete(config: AppConfig, started: _Triggers, hearing: Hearing, chatbot: Component) -> Hearing:
    """With what goes before the answer: what the microphone begins with, what the file sets off by the way."""
    microphone = hearing.component
    trigger = (microphone.id, "start_recording")
    begin = _chain(config, trigger, started.get(trigger, ()), chatbot, microphone)
    announced = []
    for event in _DONE:
        beside = (microphone.id, event)
        roots = tuple(r for r in started.get(beside, ()) if r not in hearing.chain.roots)
        if hearing.listen is None and roots and not _reaches(config, roots, chatbot):
            announced.append(_chain(config, beside, roots, chatbot, microphone))
    return replace(hearing, begin=begin if begin.steps else None, announced=tuple(c for c in announced if c.steps))


def _reaches(config: AppConfig, roots: Sequence[Dependency], chatbot: Component) -> bool:
    steps = list(walk(config, roots))
    if any(chatbot.id in step.outputs for step in steps):
        return True
    written = {o for step in steps if step.backend for o in step.outputs}
    return any(
        chatbot.id in step.outputs
        for o in written
        for root in changes(config, o)
        for step in walk(config, (root,))
    )


def _chain(
    config: AppConfig,
    trigger: tuple[int, str],
    roots: Sequence[Dependency],
    chatbot: Component,
    microphone: Component,
) -> Chain:
    through = frozenset(doors(config, roots, chatbot))
    return replace(useful_chain(config, trigger, roots, chatbot, microphone, also=through), through=through)


def accepts_speech(accepts: Accepts, hearing: Hearing | None, *, only: bool) -> Accepts:
    """What a message may hold with `hearing`: an utterance besides, or (`only`) nothing else."""
    if hearing is None:
        return accepts
    if only:
        return Accepts(text=False, files=True, file_types=("audio",), max_files=1, microphone=True, speech=True)
    types = accepts.file_types and tuple(dict.fromkeys((*accepts.file_types, "audio")))
    return replace(accepts, file_types=types, microphone=True, speech=True)


def voice_of(config: AppConfig, hearing: Hearing | None, outputs: Sequence[int]) -> Voice:
    """How the app listens and what of its `outputs` is sound."""
    sounds = [config.components[o] for o in outputs if config.type_of(o) == "audio"]
    listen = hearing.listen if hearing is not None else None
    return Voice(
        stream_every=listen.stream_every if listen is not None else None,
        time_limit=listen.time_limit if listen is not None else None,
        speaks=tuple(sound.label or sound.type for sound in sounds),
        live=any(sound.props.get("streaming") is True for sound in sounds),
    )
