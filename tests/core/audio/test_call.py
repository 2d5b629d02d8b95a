"""The course of a call, event by event."""

from __future__ import annotations

from trunkline.audio.call import (
    WAITING_LIMIT,
    Action,
    Arm,
    Ask,
    CallMachine,
    CallSettings,
    Cancel,
    Drop,
    Earcon,
    Forget,
    Play,
    Show,
    Silence,
)


def call(**settings: object) -> CallMachine[str]:
    return CallMachine(CallSettings(**settings))  # type: ignore[arg-type]


def ask(machine: CallMachine[str], question: str, talker: str = "ann", at: float = 0.0) -> tuple[Action[str], ...]:
    """Somebody speaks, pauses and is understood."""
    return (*machine.speech(talker, at), *machine.paused(talker), *machine.said(talker, question, at))


def speaking(machine: CallMachine[str], at: float = 0.0) -> CallMachine[str]:
    """A reply to Ann plays since `at`."""
    ask(machine, "What is new?")
    assert machine.sounding(machine.number, at) == (Play(machine.number), Show("speaking"))
    return machine


def test_a_turn_from_listening_to_listening() -> None:
    machine = call()
    assert machine.state == "listening"
    assert machine.speech("ann", 0.0) == (Show("hearing"),)
    assert machine.paused("ann") == (Show("thinking"),)
    assert machine.said("ann", "What is new?", 1.0) == (Ask(1, "ann", ("What is new?",)),)
    assert machine.sounding(1, 2.0) == (Play(1), Show("speaking"))
    assert machine.over(1, 3.0) == (Show("listening"),)


def test_what_is_nothing_leads_back_to_listening_with_a_tone() -> None:
    machine = call()
    machine.speech("ann", 0.0)
    machine.paused("ann")
    assert machine.nothing("ann", 1.0, tone="listening") == (Earcon("listening"), Show("listening"))


def test_speech_ends_a_reply_where_it_starts() -> None:
    machine = speaking(call())
    assert machine.speech("ann", 5.0) == (Silence(1), Cancel(1), Show("hearing"))
    machine.paused("ann")
    assert Ask(2, "ann", ("Stop it, please.",)) in machine.said("ann", "Stop it, please.", 6.0)


def test_an_interrupted_reply_has_no_say_any_more() -> None:
    machine = speaking(call())
    machine.speech("ann", 5.0)
    assert machine.sounding(1, 5.1) == machine.failed(1) == machine.over(1, 5.2) == ()
    assert machine.state == "hearing"


def test_the_echo_of_the_first_second_is_no_interruption() -> None:
    machine = speaking(call(echo_guard_s=1.0), at=10.0)
    assert machine.speech("ann", 10.9) == (Forget("ann"),)
    assert machine.state == "speaking"
    assert machine.speech("ann", 11.0) == (Silence(1), Cancel(1), Show("hearing"))


def test_only_the_asker_interrupts_where_it_is_set_so() -> None:
    machine = speaking(call(interrupt="asker"))
    assert machine.speech("bob", 5.0) == ()
    assert machine.speech("ann", 5.0)[:2] == (Silence(1), Cancel(1))


def test_nobody_interrupts_where_it_is_set_so_and_their_question_waits() -> None:
    machine = speaking(call(interrupt="nobody"))
    assert ask(machine, "And now?", "bob", 5.0) == ()
    assert machine.over(1, 9.0) == (Ask(2, "bob", ("And now?",)), Show("thinking"))


def test_an_uninterruptible_reply_is_not_answered_by_its_own_echo() -> None:
    machine = speaking(call(interrupt="nobody", echo_guard_s=1.0))
    assert machine.speech("ann", 5.0) == (Forget("ann"),)


def test_what_the_asker_adds_while_the_app_thinks_joins_the_question() -> None:
    machine = call()
    ask(machine, "Weather?")
    assert ask(machine, "In Rome.", at=1.0) == (
        Show("hearing"),
        Show("thinking"),
        Cancel(1),
        Ask(2, "ann", ("Weather?", "In Rome.")),
    )


def test_a_reply_waits_for_the_asker_to_finish_and_then_for_what_they_said() -> None:
    machine = call()
    ask(machine, "Weather?")
    machine.speech("ann", 1.0)
    assert machine.sounding(1, 1.1) == ()
    assert machine.paused("ann") == (Show("thinking"),)
    assert machine.nothing("ann", 2.0) == (Play(1), Show("speaking"))


def test_a_held_reply_gives_way_to_the_whole_question() -> None:
    machine = call()
    ask(machine, "Weather?")
    machine.speech("ann", 1.0)
    machine.sounding(1, 1.1)
    machine.paused("ann")
    assert machine.said("ann", "In Rome.", 2.0) == (Cancel(1), Ask(2, "ann", ("Weather?", "In Rome.")))


def test_a_held_reply_plays_once_the_microphone_is_muted() -> None:
    machine = call()
    ask(machine, "Weather?")
    machine.speech("ann", 1.0)
    machine.sounding(1, 1.1)
    assert machine.hushed("ann", 2.0) == (Play(1), Show("speaking"))


def test_questions_wait_where_they_do_not_join() -> None:
    machine = call(join_question=False)
    ask(machine, "One?")
    ask(machine, "Two?", at=1.0)
    assert machine.sounding(1, 2.0) == (Play(1), Show("speaking"))
    assert machine.over(1, 3.0) == (Ask(2, "ann", ("Two?",)), Show("thinking"))


def test_several_speakers_are_answered_in_order() -> None:
    machine = call()
    ask(machine, "One?", "ann")
    ask(machine, "Two?", "bob")
    ask(machine, "Three?", "cid")
    assert Ask(2, "bob", ("Two?",)) in machine.over(1, 1.0)
    assert Ask(3, "cid", ("Three?",)) in machine.over(2, 2.0)
    assert machine.over(3, 3.0) == (Show("listening"),)


def test_who_interrupts_is_answered_behind_those_who_waited() -> None:
    machine = call()
    ask(machine, "One?", "ann")
    ask(machine, "Two?", "bob")
    machine.sounding(1, 1.0)
    assert machine.speech("ann", 2.0) == (Silence(1), Cancel(1), Show("hearing"))
    machine.paused("ann")
    assert machine.said("ann", "Never mind.", 3.0) == (Ask(2, "bob", ("Two?",)),)
    assert Ask(3, "ann", ("Never mind.",)) in machine.over(2, 4.0)


def test_of_too_many_questions_the_last_is_refused() -> None:
    machine = call()
    for number in range(WAITING_LIMIT + 1):
        ask(machine, "?", f"talker {number}")
    assert ask(machine, "?", "one more")[-1] == Earcon("failed")
    assert len([machine.over(number, 1.0) for number in range(1, WAITING_LIMIT + 2)]) == WAITING_LIMIT + 1
    assert machine.state == "listening"


def test_who_leaves_is_not_waited_for() -> None:
    machine = call()
    ask(machine, "One?", "ann")
    ask(machine, "Two?", "bob")
    machine.speech("cid", 1.0)
    machine.left("bob", 1.0)
    assert machine.left("cid", 1.0) == (Show("thinking"),)
    assert machine.over(1, 2.0) == (Show("listening"),)


def test_who_interrupts_and_leaves_makes_way_for_those_who_waited() -> None:
    machine = call()
    ask(machine, "One?", "ann")
    ask(machine, "Two?", "bob")
    machine.sounding(1, 1.0)
    machine.speech("ann", 2.0)
    assert machine.left("ann", 2.1) == (Ask(2, "bob", ("Two?",)), Show("thinking"))


def test_stop_ends_everything_and_start_begins_anew() -> None:
    machine = speaking(call())
    machine.paused("bob")
    assert machine.stop() == (Silence(1), Cancel(1), Arm(on=False), Drop(), Earcon("stopped"), Show("stopped"))
    assert machine.stop() == ()
    assert machine.said("bob", "Too late.", 6.0) == ()
    assert machine.speech("ann", 6.0) == machine.paused("ann") == ()
    assert machine.start() == (Arm(on=True), Earcon("listening"), Show("listening"))
    assert machine.said("bob", "Still too late.", 7.0) == ()


def test_a_button_ends_the_turn_and_the_next_question_follows() -> None:
    machine = call()
    ask(machine, "One?", "ann")
    ask(machine, "Two?", "bob")
    assert machine.interrupt(1.0) == (Cancel(1), Ask(2, "bob", ("Two?",)))
    assert machine.interrupt(1.0) == (Cancel(2), Show("listening"))
    assert machine.interrupt(1.0) == ()


def test_a_lost_line_deafens_and_the_turn_goes_on() -> None:
    machine = speaking(call())
    machine.speech("ann", 5.0)
    ask(machine, "One?")
    assert machine.line(6.0, up=False) == (Arm(on=False), Show("connecting"))
    assert machine.speech("ann", 6.0) == ()
    assert machine.line(7.0, up=False) == ()
    assert machine.line(8.0, up=True) == (Arm(on=True), Show("thinking"))


def test_what_was_said_before_the_line_was_lost_is_asked() -> None:
    machine = call()
    machine.speech("ann", 0.0)
    machine.paused("ann")
    machine.line(1.0, up=False)
    assert machine.said("ann", "One?", 1.0) == (Ask(1, "ann", ("One?",)),)
    assert machine.line(2.0, up=True) == (Arm(on=True), Show("thinking"))


def test_what_was_said_before_stop_is_not_asked() -> None:
    machine = call()
    machine.speech("ann", 0.0)
    machine.paused("ann")
    machine.stop()
    assert machine.said("ann", "One?", 1.0) == ()


def test_a_line_that_comes_back_does_not_undo_stop() -> None:
    machine = call()
    machine.line(1.0, up=False)
    machine.stop()
    assert machine.line(2.0, up=True) == (Arm(on=False), Show("stopped"))


def test_long_thought_is_told_again_and_again() -> None:
    machine = call(thinking_after_s=2.0, thinking_every_s=5.0)
    ask(machine, "Why?", at=100.0)
    tones = [second for second in range(60) if Earcon("thinking") in machine.tick(100.0 + second)]
    assert tones == [2, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57]
    machine.sounding(1, 160.0)
    assert machine.tick(170.0) == ()


def test_a_failure_is_told_once_and_only_of_the_turn_under_way() -> None:
    machine = call()
    assert machine.failed(0) == machine.over(0, 0.0) == ()
    ask(machine, "Why?")
    assert machine.failed(1) == (Earcon("failed"),)
    assert machine.over(1, 1.0) == (Show("listening"),)
    assert machine.failed(1) == ()


def test_a_written_question_is_answered_aloud_where_nothing_else_is() -> None:
    machine = call()
    number, actions = machine.adopt(0.0)
    assert (number, actions) == (1, (Show("thinking"),))
    assert machine.adopt(0.0) == (0, ())
    assert machine.sounding(1, 1.0) == (Play(1), Show("speaking"))
    assert machine.speech("bob", 2.0)[:2] == (Silence(1), Cancel(1))


def test_with_wake_words_nobody_sees_thinking_before_somebody_is_meant() -> None:
    machine = call(eager=False)
    machine.speech("ann", 0.0)
    assert machine.paused("ann") == (Show("listening"),)
    assert machine.nothing("ann", 1.0) == ()
