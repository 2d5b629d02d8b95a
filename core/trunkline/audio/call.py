"""The course of a call: who is heard when, what is asked, when a reply may be heard and what ends it. Pure.

    listening ──► thinking ──► speaking ──► listening        stopped: till Start

A machine without a clock, a socket or a task: what happens goes in with its time, what is to be done comes out, in
order. A question is whatever the caller makes of an utterance; the machine only carries it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, Final, Generic, Literal, ParamSpec, TypeAlias, TypeVar

Q = TypeVar("Q")
P = ParamSpec("P")

State: TypeAlias = Literal["connecting", "listening", "hearing", "thinking", "speaking", "stopped"]
"""What people are shown. "hearing": somebody speaks and no reply plays."""
Tone: TypeAlias = Literal["listening", "thinking", "failed", "stopped"]

WAITING_LIMIT: Final = 8
"""Questions that wait for their turn; who asks more is told that it failed."""


@dataclass(frozen=True, slots=True)
class CallSettings:
    """How turns are taken. Times are in seconds."""

    interrupt: Literal["anyone", "asker", "nobody"] = "anyone"
    """Whose speech ends a reply that plays."""
    join_question: bool = True
    """What the asker says while the app thinks belongs to the question; else it is the next one."""
    echo_guard_s: float = 0.0
    """So long after a reply begins to play, speech is taken for its echo; 0 where microphones hear none of it."""
    thinking_after_s: float = 2.0
    thinking_every_s: float = 5.0
    """When the app has thought so long, people hear that it does, and then again and again."""
    eager: bool = True
    """Whatever is said is a question: while it is being understood, people see that the call thinks."""


@dataclass(frozen=True, slots=True)
class Ask(Generic[Q]):
    """Ask the app. More than one question: they belong together."""

    number: int
    talker: str
    questions: tuple[Q, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """The reply may be heard from now on."""

    number: int


@dataclass(frozen=True, slots=True)
class Silence:
    """Stop playing the reply, at once."""

    number: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the turn. The history keeps what was heard of the reply."""

    number: int


@dataclass(frozen=True, slots=True)
class Forget:
    """What this talker has said so far is none of ours: an echo."""

    talker: str


@dataclass(frozen=True, slots=True)
class Arm:
    """Hear people, or do not; what they are just saying is dropped."""

    on: bool


@dataclass(frozen=True, slots=True)
class Drop:
    """What was said and is not asked yet is none of ours any more."""


@dataclass(frozen=True, slots=True)
class Earcon:
    tone: Tone


@dataclass(frozen=True, slots=True)
class Show:
    state: State


Action: TypeAlias = Ask[Q] | Play | Silence | Cancel | Forget | Arm | Drop | Earcon | Show


@dataclass(slots=True)
class _Turn(Generic[Q]):
    number: int
    talker: str
    questions: tuple[Q, ...]
    earcon_at: float
    speaking_since: float | None = None
    held: bool = False
    """Its reply could be heard, but the asker is adding something."""


def _shown(
    happens: Callable[Concatenate[CallMachine[Q], P], None],
) -> Callable[Concatenate[CallMachine[Q], P], tuple[Action[Q], ...]]:
    """An input of the machine: gives what is to be done, and what to show where that changed."""

    @wraps(happens)
    def wrapped(self: CallMachine[Q], /, *args: P.args, **kwargs: P.kwargs) -> tuple[Action[Q], ...]:
        before = self.state
        happens(self, *args, **kwargs)
        if self.state != before:
            self._actions.append(Show(self.state))
        done, self._actions = tuple(self._actions), []
        return done

    return wrapped


class CallMachine(Generic[Q]):
    """One call. Every method is something that happened; `at` is in seconds and never goes back."""

    def __init__(self, settings: CallSettings) -> None:
        self.settings = settings
        self._actions: list[Action[Q]] = []
        self._turn: _Turn[Q] | None = None
        self._waiting: list[tuple[str, Q]] = []
        self._talking: set[str] = set()
        self._understanding: Counter[str] = Counter()
        self._numbers = 0
        self._stopped = False
        self._up = True

    @property
    def state(self) -> State:
        if not self._up:
            return "connecting"
        if self._stopped:
            return "stopped"
        if self._turn is not None and self._turn.speaking_since is not None:
            return "speaking"
        if self._talking:
            return "hearing"
        understanding = self.settings.eager and self._understanding.total() > 0
        return "thinking" if self._turn is not None or understanding else "listening"

    @property
    def number(self) -> int:
        """The turn under way; 0 for none."""
        return self._turn.number if self._turn is not None else 0

    @property
    def armed(self) -> bool:
        """People are heard."""
        return self._up and not self._stopped

    # What people do

    @_shown
    def speech(self, talker: str, at: float) -> None:
        """Somebody has begun to speak, and not just coughed."""
        if not self.armed:
            return
        turn = self._turn
        if turn is not None and turn.speaking_since is not None:
            guarded = self.settings.echo_guard_s > 0
            if guarded and at - turn.speaking_since < self.settings.echo_guard_s:
                self._actions.append(Forget(talker))
                return
            if self._may_interrupt(talker, turn):
                self._end(turn)
            elif guarded:
                # What nobody may interrupt by must not come back as a question of its own echo.
                self._actions.append(Forget(talker))
                return
        self._talking.add(talker)

    @_shown
    def paused(self, talker: str) -> None:
        """They have finished; what they said is being understood: `said` or `nothing` follows."""
        self._talking.discard(talker)
        if self.armed:
            self._understanding[talker] += 1

    @_shown
    def said(self, talker: str, question: Q, at: float) -> None:
        """They asked something."""
        if not self._understood(talker):
            return
        turn = self._turn
        if turn is not None and turn.speaking_since is None and self._adds(talker, turn):
            self._actions.append(Cancel(turn.number))
            self._ask(talker, (*turn.questions, question), at)
            return
        if len(self._waiting) >= WAITING_LIMIT:
            self._actions.append(Earcon("failed"))
        else:
            self._waiting.append((talker, question))
        self._go_on(at)

    @_shown
    def nothing(self, talker: str, at: float, *, tone: Tone | None = None) -> None:
        """They said nothing that is for us."""
        if not self._understood(talker):
            return
        if tone is not None and self.state != "speaking":
            self._actions.append(Earcon(tone))
        self._go_on(at)

    @_shown
    def hushed(self, talker: str, at: float) -> None:
        """They are not speaking any more, and what they were saying is dropped."""
        self._talking.discard(talker)
        self._go_on(at)

    @_shown
    def left(self, talker: str, at: float) -> None:
        """They are not there any more, or are not to be heard."""
        self._talking.discard(talker)
        self._understanding.pop(talker, None)
        self._waiting = [one for one in self._waiting if one[0] != talker]
        self._go_on(at)

    @_shown
    def interrupt(self, at: float) -> None:
        """Somebody pressed a button to end the turn under way."""
        if self._turn is not None:
            self._end(self._turn)
            self._go_on(at)

    @_shown
    def stop(self) -> None:
        """Stop Conversation: the turn is over, and nobody is heard till `start`."""
        if self._turn is not None:
            self._end(self._turn)
        self._talking.clear()
        self._understanding.clear()
        self._waiting.clear()
        if not self._stopped:
            self._stopped = True
            self._actions += [Arm(on=False), Drop(), Earcon("stopped")]

    @_shown
    def start(self) -> None:
        if self._stopped:
            self._stopped = False
            self._actions += [Arm(on=self._up), Earcon("listening")]

    @_shown
    def line(self, at: float, *, up: bool) -> None:
        """The connection was lost, or is back. The turn under way goes on; what was said to its end is asked."""
        if up == self._up:
            return
        self._up = up
        if not up:
            self._talking.clear()
        self._actions.append(Arm(on=self.armed))
        self._go_on(at)

    # What becomes of a turn

    @_shown
    def sounding(self, number: int, at: float) -> None:
        """The first of the reply's sound is there."""
        turn = self._turn
        if turn is None or turn.number != number or turn.speaking_since is not None:
            return
        turn.held = self._is_adding(turn)
        if not turn.held:
            self._play(turn, at)

    @_shown
    def failed(self, number: int) -> None:
        """The app failed, or could not be asked; `over` follows."""
        if self.number == number and number:
            self._actions.append(Earcon("failed"))

    @_shown
    def over(self, number: int, at: float) -> None:
        """The reply was heard to its end, or there is nothing to hear."""
        if self.number == number and number:
            self._turn = None
            self._go_on(at)

    def adopt(self, at: float) -> tuple[int, tuple[Action[Q], ...]]:
        """A reply comes that nobody asked for aloud; its number, 0 where it cannot be heard now."""
        if self._turn is not None or not self.armed or self._talking:
            return 0, ()
        return self._numbers + 1, self._adopted(at)

    @_shown
    def tick(self, at: float) -> None:
        """Time goes on."""
        turn = self._turn
        if turn is not None and turn.speaking_since is None and not turn.held and at >= turn.earcon_at:
            turn.earcon_at = at + self.settings.thinking_every_s
            if not self._talking:
                self._actions.append(Earcon("thinking"))

    # The inside

    @_shown
    def _adopted(self, at: float) -> None:
        self._begin("", (), at)

    def _understood(self, talker: str) -> bool:
        """Whether this was still waited for."""
        if not self._understanding[talker]:
            return False
        self._understanding[talker] -= 1
        return not self._stopped

    def _may_interrupt(self, talker: str, turn: _Turn[Q]) -> bool:
        match self.settings.interrupt:
            case "anyone":
                return True
            case "asker":
                # A reply that was asked for in writing is nobody's and everybody's.
                return talker == turn.talker or not turn.talker
            case "nobody":
                return False

    def _adds(self, talker: str, turn: _Turn[Q]) -> bool:
        return self.settings.join_question and talker == turn.talker

    def _is_adding(self, turn: _Turn[Q]) -> bool:
        """The asker talks, or what they said last is not understood yet."""
        busy = turn.talker in self._talking or self._understanding[turn.talker] > 0
        return busy and self._adds(turn.talker, turn)

    def _go_on(self, at: float) -> None:
        """The next question, or the reply that was held."""
        turn = self._turn
        if turn is not None:
            if turn.held and not self._is_adding(turn):
                self._play(turn, at)
        elif self._waiting:
            talker, question = self._waiting.pop(0)
            self._ask(talker, (question,), at)

    def _play(self, turn: _Turn[Q], at: float) -> None:
        turn.held = False
        turn.speaking_since = at
        self._actions.append(Play(turn.number))

    def _ask(self, talker: str, questions: tuple[Q, ...], at: float) -> None:
        turn = self._begin(talker, questions, at)
        self._actions.append(Ask(turn.number, talker, questions))

    def _begin(self, talker: str, questions: tuple[Q, ...], at: float) -> _Turn[Q]:
        self._numbers += 1
        self._turn = _Turn(self._numbers, talker, questions, at + self.settings.thinking_after_s)
        return self._turn

    def _end(self, turn: _Turn[Q]) -> None:
        """The turn is given up in the middle."""
        if turn.speaking_since is not None:
            self._actions.append(Silence(turn.number))
        self._actions.append(Cancel(turn.number))
        self._turn = None
