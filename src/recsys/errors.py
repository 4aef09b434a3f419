"""Every error that a user can meet.

`RecsysError` is what the shells catch and print: one message that says where, what was expected, what was found and
what to do. Anything else that escapes is a bug and keeps its traceback, but for what escapes from a step: such an
error may quote a row of a customer, so it becomes a `StepCrash`.

    RecsysError
    ├── SettingsError       a setting, secret or program that the installation lacks
    ├── FeedError           the feed as a whole cannot be taken
    │   ├── FeedFileError   one file of it: missing, truncated, in the wrong encoding
    │   └── ContractError   tables, columns or shares of bad rows against the contract
    ├── SourceError         a source of data cannot be reached, or does not let us in
    ├── PrivacyError        something personal would have passed the boundary
    ├── CheckError          a Great Expectations suite, a dbt test or a publication gate failed
    ├── ModelError          no model, or one that does not fit the features it is given
    ├── RunError            a step asked for out of turn, or while another writer is at work
    ├── StackError          PostgreSQL, Airflow or MLflow could not be started or reached
    ├── StepCrash           a step met an error of somebody else's, whose message may quote a row
    └── NotFoundError       a customer, run or publication that does not exist
"""

from __future__ import annotations


class RecsysError(Exception):
    """Base of all errors that are shown to users as a message and not as a traceback.

    `remedy` is one sentence that says what to do next; it is printed under the message.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling that worker processes use.
        return (_rebuild, (type(self), self.message, self.remedy))


def _rebuild(kind: type[RecsysError], message: str, remedy: str) -> RecsysError:
    return kind(message, remedy=remedy)


class SettingsError(RecsysError):
    """A setting, secret or outside program that the installation lacks."""


class FeedError(RecsysError):
    """The feed as a whole cannot be taken."""


class FeedFileError(FeedError):
    """One file of the feed cannot be read: missing, truncated, in the wrong encoding."""


class ContractError(FeedError):
    """Tables, columns or shares of bad rows break the feed contract."""


class SourceError(RecsysError):
    """A source of data cannot be reached, or does not let us in; what it delivers is a matter of `FeedError`."""


class PrivacyError(RecsysError):
    """Something personal would have passed the privacy boundary."""


class CheckError(RecsysError):
    """A Great Expectations suite, a dbt test or a publication gate failed."""


class ModelError(RecsysError):
    """No model, or one that does not fit the features it is given."""


class RunError(RecsysError):
    """A step was asked for out of turn, or while another writer is at work."""


class StackError(RecsysError):
    """PostgreSQL, Airflow or MLflow could not be started or reached."""


class StepCrash(RecsysError):  # noqa: N818 - the error itself is withheld
    """A step met a foreign error. Its message may quote a row, so this one names the kind and the place instead."""


class NotFoundError(RecsysError):
    """A customer, run or publication that does not exist."""
