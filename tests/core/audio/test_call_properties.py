"""What holds in every call, whatever happens in it and in whatever order."""

from __future__ import annotations

from typing import Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from trunkline.audio.call import Action, Arm, Ask, CallMachine, CallSettings, Cancel, Play, Show, Silence

talkers = st.sampled_from(["ann", "bob", "cid"])


class Calls(RuleBasedStateMachine):
    """Does with a call what its owner does, and keeps beside it what people see and hear."""

    @initialize(
        interrupt=st.sampled_from(["anyone", "asker", "nobody"]),
        join=st.booleans(),
        guard=st.sampled_from([0.0, 1.0]),
        eager=st.booleans(),
    )
    def begin(
        self, interrupt: Literal["anyone", "asker", "nobody"], join: bool, guard: float, eager: bool
    ) -> None:
        self.machine: CallMachine[int] = CallMachine(CallSettings(interrupt, join, guard, eager=eager))
        self.now = 0.0
        self.asked = 0
        self.playing = 0
        self.armed = True
        self.up = True
        self.shown = "listening"
        self.understanding: list[str] = []
        self.questions = 0
        self.newest = 0

    def done(self, actions: tuple[Action[int], ...]) -> None:
        for action in actions:
            match action:
                case Ask(number, talker, questions):
                    assert not self.asked, "never two turns at once"
                    assert self.machine.state != "stopped"
                    assert number > self.newest
                    assert talker
                    assert questions == tuple(sorted(set(questions)))
                    self.asked = self.newest = number
                case Cancel(number):
                    assert number == self.asked
                    assert not self.playing, "silence comes first"
                    self.asked = 0
                case Play(number):
                    assert number == self.asked
                    assert not self.playing
                    assert self.machine.state in ("speaking", "connecting")
                    self.playing = number
                case Silence(number):
                    assert number == self.playing
                    self.playing = 0
                case Arm(on):
                    self.armed = on
                case Show(state):
                    assert state != self.shown
                    self.shown = state
                case _:
                    pass

    @rule(talker=talkers)
    def speak(self, talker: str) -> None:
        self.done(self.machine.speech(talker, self.now))

    @rule(talker=talkers)
    def pause(self, talker: str) -> None:
        if self.armed:
            self.understanding.append(talker)
        self.done(self.machine.paused(talker))

    @rule(question=st.booleans(), which=st.integers(0, 5))
    def understand(self, question: bool, which: int) -> None:
        if not self.understanding:
            return
        talker = self.understanding.pop(which % len(self.understanding))
        self.questions += 1
        said = self.machine.said(talker, self.questions, self.now) if question else None
        self.done(said if said is not None else self.machine.nothing(talker, self.now, tone="listening"))

    @rule(talker=talkers)
    def ask(self, talker: str) -> None:
        """All of it at once, so that there is something to be in the middle of."""
        self.speak(talker)
        self.pause(talker)
        self.understand(question=True, which=len(self.understanding) - 1)

    @rule()
    def sound(self) -> None:
        self.done(self.machine.sounding(self.asked, self.now))

    @rule()
    def end_the_turn(self) -> None:
        over, self.asked, self.playing = self.asked, 0, 0
        self.done(self.machine.over(over, self.now))

    @rule(old=st.integers(1, 5))
    def hear_of_an_old_turn(self, old: int) -> None:
        number = self.newest - old
        if number != self.asked:
            assert self.machine.failed(number) == self.machine.sounding(number, self.now) == ()
            assert self.machine.over(number, self.now) == ()

    @rule()
    def write(self) -> None:
        number, actions = self.machine.adopt(self.now)
        if number:
            assert not self.asked
            assert number > self.newest
            self.asked = self.newest = number
        self.done(actions)

    @rule(what=st.sampled_from(["leave", "mute", "interrupt", "fail"]), talker=talkers)
    def disturb(self, what: str, talker: str) -> None:
        before = self.asked
        match what:
            case "leave":
                self.done(self.machine.left(talker, self.now))
            case "mute":
                self.done(self.machine.hushed(talker, self.now))
            case "fail":
                self.done(self.machine.failed(self.asked))
            case "interrupt":
                self.done(self.machine.interrupt(self.now))
                assert self.asked == 0 or self.asked > before

    @rule(up=st.booleans(), again=st.booleans())
    def deafen(self, up: bool, again: bool) -> None:
        """Stop Conversation or a lost line, mostly for a moment."""
        if up:
            self.done(self.machine.stop())
            assert not self.asked
            assert not self.armed
        else:
            self.line(up=False)
        if again:
            self.line(up=True)
            self.start()

    @rule()
    def start(self) -> None:
        self.done(self.machine.start())
        assert self.armed == self.up

    @rule()
    def come_back(self) -> None:
        self.line(up=True)

    def line(self, *, up: bool) -> None:
        self.up = up
        self.done(self.machine.line(self.now, up=up))

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.done(self.machine.tick(self.now))

    @invariant()
    def people_see_what_is(self) -> None:
        if not hasattr(self, "machine"):
            return
        assert self.shown == self.machine.state
        assert self.machine.number == self.asked
        assert self.machine.armed == self.armed
        if self.machine.state == "stopped":
            assert not self.playing
        if self.machine.state == "listening" and not self.understanding:
            assert not self.machine._waiting, "nobody is left without an answer"
        if self.up:
            assert (self.machine.state == "speaking") == bool(self.playing)

    def teardown(self) -> None:
        """Left to itself, with all that was begun coming to its end, a call listens again."""
        if not hasattr(self, "machine"):
            return
        self.line(up=True)
        self.start()
        for talker in ("ann", "bob", "cid"):
            self.disturb("mute", talker)
        while self.understanding:
            self.understand(question=False, which=0)
        for _ in range(40):
            if not self.asked:
                break
            self.end_the_turn()
        assert self.machine.state == "listening"


Calls.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestCalls = Calls.TestCase
