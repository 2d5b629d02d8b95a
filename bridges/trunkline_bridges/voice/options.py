"""The settings of calls: the table `[voice]`. What turns speech into text and back stands in `[speech]`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trunkline.options import BridgeOptions

TurnTaking = Literal["ordered", "wake", "push"]
Interrupt = Literal["anyone", "asker", "nobody"]
EndOfTurnRule = Literal["silence", "guide", "smart-turn"]


class VoiceOptions(BridgeOptions):
    """`[voice]`: when somebody has finished, whose turn it is, what is kept."""

    enabled: Annotated[
        bool,
        Field(description="Take calls in the widget, also without --voice. Discord's own setting is apart."),
    ] = False
    most_calls: Annotated[
        int, Field(ge=1, le=10_000, description="Calls at once in a process; who comes later is told so.")
    ] = 100
    start_ms: Annotated[int, Field(ge=32, le=2_000, description="Speech this long is no cough: ms.")] = 250
    threshold: Annotated[
        float, Field(ge=0.05, le=0.95, description="Probability from which a moment is speech.")
    ] = 0.5
    leave: Annotated[
        float, Field(ge=0.01, le=0.95, description="Probability below which speech is over; below threshold.")
    ] = 0.35
    pre_roll_ms: Annotated[int, Field(ge=0, le=2_000, description="Kept from before the first word: ms.")] = 400
    end_ms: Annotated[int, Field(ge=200, le=5_000, description="Silence that ends an utterance: ms.")] = 800
    cap_s: Annotated[float, Field(ge=1, le=300, description="Longest utterance: seconds.")] = 30.0
    end_of_turn: Annotated[
        EndOfTurnRule,
        Field(
            description="silence: after end_ms; guide: as Gradio's guide to conversational chatbots; smart-turn: "
            "a model listens whether the sentence is finished."
        ),
    ] = "silence"
    smart_turn_model: Annotated[str, Field(description="The ONNX file of smart-turn v3, for end_of_turn.")] = ""
    turn_taking: Annotated[
        TurnTaking,
        Field(
            description="ordered: all that is said is answered, one after the other; wake: only what begins or "
            "ends with one of wake_words; push: only what is said while the talk button is held."
        ),
    ] = "ordered"
    wake_words: Annotated[tuple[str, ...], Field(description="Names that the app is called by.")] = ("Trunkline",)
    wake_s: Annotated[
        float,
        Field(ge=0, le=120, description="Seconds in which who called it, or was answered, need not call again."),
    ] = 8.0
    interrupt: Annotated[
        Interrupt,
        Field(description="Whose speech ends a reply that plays; with wake words anyone means the asker."),
    ] = "anyone"
    echo_guard_ms: Annotated[
        int,
        Field(
            ge=0,
            le=5_000,
            description="Where a microphone may hear the loudspeaker: ms of a reply in which speech is its echo.",
        ),
    ] = 1_000
    join_question: Annotated[
        bool,
        Field(description="What the asker adds while the app thinks belongs to the question; else it waits."),
    ] = True
    earcons: Annotated[bool, Field(description="Short tones say that the call listens, thinks, failed.")] = True
    thinking_after_s: Annotated[
        float, Field(ge=0.1, le=600, description="Seconds after which a tone says that the app thinks.")
    ] = 2.0
    thinking_every_s: Annotated[float, Field(ge=1, le=600, description="Seconds between two such tones.")] = 5.0
    record: Annotated[
        bool,
        Field(
            description="Keep what is said and read out as sound in the conversation, while all who are there "
            "agreed to be heard. An app that hears is sent the sound either way, as the message."
        ),
    ] = False
    record_days: Annotated[
        int,
        Field(
            ge=0,
            description="Days after which recordings are erased, the sound of transcribed voice messages too; "
            "their words stay. 0: they last as long as the conversation.",
        ),
    ] = 0

    @model_validator(mode="after")
    def _work_together(self) -> Self:
        if self.leave >= self.threshold:
            raise ValueError("leave has to be below threshold")
        if self.turn_taking == "wake" and not any(word.strip() for word in self.wake_words):
            raise ValueError("turn_taking = wake needs wake_words")
        if self.end_of_turn == "smart-turn" and not self.smart_turn_model:
            raise ValueError("end_of_turn = smart-turn needs smart_turn_model")
        return self
