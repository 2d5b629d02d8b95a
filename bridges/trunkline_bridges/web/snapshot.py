"""A conversation as it is now: the core's transcript with the turns under way laid over it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.backend import AppProfile
from trunkline.bridge import Transcript, TurnView
from trunkline.messages import Json

from .render import message_body, turn_posts
from .stream import GONE, LiveTurn, PostState, Stream


def snapshot_frame(
    stream: Stream, transcript: Transcript, profile: AppProfile, limit: int, now: float
) -> dict[str, Json]:
    """The `snapshot` of at most `limit` turns. The stream holds from here on what may change next.

    `transcript` must have been read since `stream.settled` last changed, with one turn more than `limit`.
    """
    past = _visible(transcript.turns, stream)
    _hold(stream, past, profile)
    stream.given()
    stream.active_at = now
    turns = merged_turns(past, stream.turns, profile)
    frame: dict[str, Json] = {
        "type": "snapshot",
        "conversation": stream.key.conversation,
        "stream": stream.name,
        "seq": stream.seq,
        "title": transcript.title,
        "turns": turns[-limit:],
        "more": len(turns) > limit,
        "settings": dict(transcript.values),
    }
    if transcript.greeting:
        frame["greeting"] = [message_body(message) for message in transcript.greeting]
    return frame


def merged_turns(
    past: Sequence[TurnView], live: Mapping[int, LiveTurn], profile: AppProfile, *, newest: bool = True
) -> list[Json]:
    """The protocol's `TurnState`s, oldest first; what is held live goes before what was read.

    `newest` tells whether the last of them is the conversation's newest turn.
    """
    views = {view.id: view for view in past}
    numbers = sorted({*views, *live})
    last = numbers[-1] if numbers and newest else 0
    return [_turn_state(views.get(number), live.get(number), profile, number == last) for number in numbers]


def live_turn(view: TurnView, profile: AppProfile, *, newest: bool) -> LiveTurn:
    """A turn of the transcript as the stream would hold it."""
    turn = LiveTurn(view.id, shown_state(view), view.reply.error)
    for post in turn_posts(view, profile, newest=newest):
        at = post.get("at", 0.0)
        body = post["body"]
        assert isinstance(body, dict)
        turn.posts[str(post["post"])] = PostState(str(post["role"]), body, at if isinstance(at, float) else 0.0)
    return turn


def shown_state(view: TurnView) -> str:
    """The protocol's name for a stored turn's state."""
    if view.reply.state == "stopped" and view.state in {"answered", "delivered"}:
        return "stopped"
    return view.state


def _visible(turns: Sequence[TurnView], stream: Stream) -> list[TurnView]:
    """The turns that are part of the view: neither taken back nor about to be replaced."""
    hidden = [(turn.replaces, turn.turn) for turn in stream.turns.values() if turn.replaces and turn.under_way]
    return [
        view
        for view in turns
        if view.state not in GONE and not any(first <= view.id < last for first, last in hidden)
    ]


def _hold(stream: Stream, past: Sequence[TurnView], profile: AppProfile) -> None:
    """Hold the turns that are under way and the newest one."""
    newest = max([*stream.turns, *(view.id for view in past)], default=0)
    for view in past:
        turn = view.id
        if turn not in stream.turns and (turn == newest or view.state in {"received", "running", "answered"}):
            stream.adopt(live_turn(view, profile, newest=turn == newest))


def _turn_state(view: TurnView | None, live: LiveTurn | None, profile: AppProfile, newest: bool) -> Json:
    if live is None:
        assert view is not None, "a turn is known from the transcript, from the stream, or both"
        live = live_turn(view, profile, newest=newest)
    state = live.members()
    posts = dict(live.posts)
    if view is not None and live.under_way:
        user = f"{view.id}.user"
        if user not in posts and view.user is not None:
            read = live_turn(view, profile, newest=newest).posts[user]
            posts = {user: read, **posts}
    state["posts"] = [{"post": name, **post.members()} for name, post in posts.items()]
    if view is not None and view.ratings:
        state["ratings"] = [
            {"of_user": True, "value": value} if index < 0 else {"message": index, "value": value}
            for index, value in sorted(view.ratings.items())
        ]
    return state
