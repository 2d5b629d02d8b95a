"""The one tree of errors.

    TrunklineError              what every error of ours is
    ├── UsageError              the caller asked for something that cannot be             exit 2
    │   ├── SettingsError       a setting is wrong
    │   └── MissingExtra        an optional dependency is not installed
    ├── AppError                the app is there and said no                              exit 1
    │   ├── AppFailed           its function raised, or it sent no valid reply
    │   ├── AppRefused          a validator or a limit of the app refused the message
    │   └── UnsupportedApp      the app cannot be bridged, with the reason
    ├── AppUnreachable          nobody answers, or not to us                              exit 3
    │   ├── NotGradio           something answers, but it is no Gradio app
    │   ├── LoginFailed         user, password or token were refused
    │   ├── SpaceNotRunning     the Space sleeps, builds, is paused or broken
    │   └── SessionLost         the app restarted or forgot the session
    ├── MediaError              bytes that cannot be kept or fetched, or are gone
    │   └── TooLarge            more of them than may be
    ├── SpeechError             speech that was not understood or not spoken, and what to do
    ├── PlatformError           a platform did not do what we asked
    │   ├── RateLimited         it named a time to wait
    │   ├── Unconfirmed         the answer was lost: it may or may not have happened
    │   ├── TargetGone          the post, thread or channel no longer exists
    │   └── Forbidden           refused for good: kicked, blocked, no permission
    ├── StoreError              the database did not do what we asked
    │   └── LeaseLost           the turn is no longer this process's: taken over, undone or erased
    └── Denied                  a person may not do that, with the reason

Errors of other libraries are translated into these once, at the seam, with `raise … from`.
"""

from __future__ import annotations


class TrunklineError(Exception):
    """An error with one plain sentence for a person: what, where, what to do."""

    retryable = False
    """The same request may succeed later without anybody changing anything."""
    exit_status = 1
    """What a command-line program ends with."""

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message


class UsageError(TrunklineError):
    exit_status = 2


class SettingsError(UsageError):
    pass


class MissingExtra(UsageError):
    """`extra` names the extra of the distribution to install."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed: pip install 'trunkline[{extra}]'")
        self.extra = extra


class AppError(TrunklineError):
    pass


class AppFailed(AppError):
    retryable = True


class AppRefused(AppError):
    pass


class UnsupportedApp(AppError):
    pass


class AppUnreachable(TrunklineError):
    retryable = True
    exit_status = 3


class NotGradio(AppUnreachable):
    retryable = False


class LoginFailed(AppUnreachable):
    retryable = False


class SpaceNotRunning(AppUnreachable):
    pass


class SessionLost(AppUnreachable):
    pass


class MediaError(TrunklineError):
    pass


class TooLarge(MediaError):
    pass


class MediaGone(MediaError):
    """The file is not held any more."""


class SpeechError(TrunklineError):
    pass


class PlatformError(TrunklineError):
    pass


class RateLimited(PlatformError):
    """`retry_after` is in seconds."""

    retryable = True

    def __init__(self, user_message: str, retry_after: float) -> None:
        super().__init__(user_message)
        self.retry_after = retry_after


class Unconfirmed(PlatformError):
    retryable = True


class TargetGone(PlatformError):
    pass


class Forbidden(PlatformError):
    pass


class StoreError(TrunklineError):
    retryable = True


class LeaseLost(StoreError):
    retryable = False


class Denied(TrunklineError):
    pass
