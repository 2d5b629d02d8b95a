"""How much of what was sent to a page has been heard there. Pure: what the page reports is an argument."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class _Track:
    sent: int = 0
    heard: int = 0
    dropped: bool = False


class Playback:
    """Samples of one channel, by track: a track is one uninterrupted sound, and the page plays them in order."""

    def __init__(self) -> None:
        self.newest = 0
        """The number of the newest track; 0 before the first."""
        self._open = False
        self._tracks: dict[int, _Track] = {}
        self._over = 0
        """Heard of the tracks that are done."""

    @property
    def played(self) -> int:
        return self._over + sum(track.heard for track in self._tracks.values())

    @property
    def open(self) -> bool:
        """More may come for the newest track."""
        return self._open

    @property
    def settled(self) -> bool:
        """The page has told of every dropped track how far it was heard."""
        return not any(track.dropped for track in self._tracks.values())

    def send(self, samples: int) -> tuple[int, int]:
        """Count samples as sent: their track, and their position in it."""
        if not self._open:
            self.newest += 1
            self._open = True
            self._tracks[self.newest] = _Track()
        track = self._tracks[self.newest]
        position = track.sent
        track.sent += samples
        return self.newest, position

    def end(self) -> tuple[int, int]:
        """Nothing more comes for the newest track: its number and length."""
        self._open = False
        return self.newest, self._tracks.get(self.newest, _Track()).sent

    def report(self, number: int, heard: int, *, done: bool) -> None:
        """The page has played so much of a track; what is impossible is not believed."""
        track = self._tracks.get(number)
        if track is None:
            return
        track.heard = min(track.sent, max(track.heard, heard))
        if not done:
            return
        # They are played in order: those before it are done as well.
        self._open = self._open and number != self.newest
        for earlier in [one for one in self._tracks if one <= number]:
            self._over += self._tracks.pop(earlier).heard

    def drop(self) -> int:
        """Nothing of what is queued will be heard; the newest track that this takes back, 0 for none."""
        self._open = False
        for track in self._tracks.values():
            track.dropped = True
        return max(self._tracks, default=0)

    def forget(self) -> None:
        """The page is gone: it reports no more, and what it was not heard to play counts as not heard."""
        self._open = False
        self._over += sum(track.heard for track in self._tracks.values())
        self._tracks.clear()
