"""A workspace as a test sets it up."""

from __future__ import annotations

from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.seeing import Society
from fakes.slack.world import CHANNEL, GROUP, Channel, Install, Message, Team, User


class Workspace:
    """Its people, its conversations and the apps in it."""

    def __init__(self, society: Society, team: Team) -> None:
        self.team = team
        self._in = society
        self._world = society.world

    @property
    def id(self) -> str:
        return self.team.id

    def person(self, name: str, *, guest: bool = False, admin: bool = False) -> Person:
        return Person(self._in, self._world.add_user(self.team, name, guest=guest, admin=admin))

    def channel(self, name: str, *members: Person | App, private: bool = False) -> Channel:
        """A new channel with people and apps in it."""
        users = [self._user(each) for each in members]
        return self._world.add_channel(self.team, GROUP if private else CHANNEL, name, users)

    def group_dm(self, *members: Person | App) -> Channel:
        """A DM of several, opened when first asked for."""
        return self._world.direct(self.team, [self._user(each) for each in members])

    def install(self, app: App, by: Person | None = None, *, scopes: tuple[str, ...] = ()) -> Install:
        """Install an app without any page of consent."""
        return self._in.apps.install(app, self.team, by.id if by else "", scopes)

    def uninstall(self, app: App) -> None:
        """Remove an app: it is told so, and its tokens end."""
        self._in.remove_app(app, app.installs[self.id])

    def revoke(self, app: App) -> None:
        """Revoke an app's tokens without removing it."""
        self._in.events.revoked(app.installs[self.id])
        self._in.apps.revoke(app.installs[self.id])

    def archive(self, channel: Channel) -> None:
        channel.archived = True

    def expel(self, channel: Channel, who: Person | App) -> None:
        """Somebody is removed from a channel."""
        channel.members.remove(self._user(who).id)

    def connect(self, channel: Channel, *members: Person | App) -> None:
        """Slack Connect: a channel of another workspace is shared with this one, and some of here are in it."""
        if self.id not in channel.teams:
            channel.teams.append(self.id)
        channel.members += [self._user(each).id for each in members]

    def remove(self, message: Message) -> None:
        """An admin deletes a message."""
        del self._world.channels[message.channel_id].messages[message.ts]
        self._in.events.deleted(message)

    def _user(self, who: Person | App) -> User:
        return who.user if isinstance(who, Person) else who.installs[self.id].bot
