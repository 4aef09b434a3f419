"""`recsys privacy consent|consents|object|restrict`: what a person decides, in force from the moment of the command."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from recsys.cli.console import Json, read_settings, say, say_json, show_table
from recsys.cli.privacy_rights import PANEL, Channel, CustomerId

Purpose = Annotated[
    str, typer.Argument(metavar="PURPOSE", help="profiling, marketing, marketing_email, marketing_push, ...")
]
_WHY = {
    "objected": "an objection to profiling stands",
    "consent_withdrawn": "consent to profiling is withdrawn",
    "restricted": "processing is restricted",
    "erased": "the person was erased",
    "rectified": "data was corrected since the last scoring",
}


def register(app: typer.Typer) -> None:
    """Add the commands to `recsys privacy`."""
    for command, name in ((consent, "consent"), (consents, "consents"), (object_, "object"), (restrict, "restrict")):
        app.command(name, rich_help_panel=PANEL)(command)


def consent(
    customer_id: CustomerId,
    purpose: Purpose,
    grant: Annotated[bool | None, typer.Option("--grant/--withdraw", help="What the customer decided.")] = None,
    channel: Channel = "command line",
    as_json: Json = False,
) -> None:
    """Write down a consent or its withdrawal, for all customers that are the person.

    Without consent to profiling, what was made from a profile is gone from `serving.recommendations` at once. The next
    scoring offers what is popular and permitted, or nothing (RECSYS_ON_OBJECTION). Consent given again lifts that: the
    rows of a publication that is older than the withdrawal come back at once, new ones with the next scoring. Of
    another purpose, the products that need it are gone at once, and come back likewise.
    """
    from recsys.errors import SettingsError
    from recsys.feed.contract import CONSENTS
    from recsys.io.postgres import open_database
    from recsys.steps.person_decisions import decide_consent

    known = next(column.choices for column in CONSENTS.columns if column.name == "purpose")
    if purpose not in known:
        raise SettingsError("There is no such purpose.", remedy=f"Say one of {', '.join(known)}.")
    if grant is None:
        raise SettingsError("Nothing was decided.", remedy="Say --grant or --withdraw.")
    settings = read_settings()
    done = decide_consent(open_database(settings), settings, customer_id, purpose, is_granted=grant, channel=channel)
    what = f"Consent to {purpose} is {'given' if grant else 'withdrawn'}."
    _tell(done, what, as_json=as_json)


def consents(customer_id: CustomerId, as_json: Json = False) -> None:
    """Everything that a person decided, oldest first, of the feed and of the bank's desk; and what follows now."""
    from recsys.io.postgres import open_database
    from recsys.steps.person_decisions import consents_of

    found = consents_of(open_database(read_settings()), customer_id)
    if as_json:
        say_json(found)
        return
    show_table(
        ("purpose", "decided", "when", "channel", "request"),
        (
            (
                row["purpose"],
                "granted" if row["is_granted"] else "refused",
                f"{row['recorded_at']:%Y-%m-%d %H:%M:%S}",
                row["channel"],
                row["request_id"],
            )
            for row in found["consents"]
        ),
    )
    for row in found["suppressions"]:
        shown = "nothing is shown" if row["serves"] == "nothing" else "only what was scored since is shown"
        say(f"{_WHY[row['reason']]} since {row['since']:%Y-%m-%d %H:%M:%S}: {shown}.".capitalize())


def object_(
    customer_id: CustomerId,
    withdraw_objection: Annotated[
        bool, typer.Option("--withdraw-objection", help="The customer takes an objection back.")
    ] = False,
    channel: Channel = "command line",
    as_json: Json = False,
) -> None:
    """The customer objects to profiling (GDPR art. 21): it stops at once, whatever was consented to before or later.

    What was made from a profile is gone from `serving.recommendations` at once; the next scoring offers what is popular
    and permitted, or nothing (RECSYS_ON_OBJECTION), and the next training leaves the person out.
    """
    from recsys.io.postgres import open_database
    from recsys.steps.person_decisions import decide_objection

    settings = read_settings()
    done = decide_objection(
        open_database(settings), settings, customer_id, is_lifted=withdraw_objection, channel=channel
    )
    if withdraw_objection:
        what = "The objection is taken back." if done["customers"] else "There was no objection."
    else:
        what = "The objection stands."
    _tell(done, what, as_json=as_json)


def restrict(
    customer_id: CustomerId,
    lift: Annotated[bool, typer.Option("--lift", help="The restriction ends.")] = False,
    channel: Channel = "command line",
    as_json: Json = False,
) -> None:
    """Restrict a person's data to being stored (GDPR art. 18).

    Nothing is shown from now on, and the next run leaves the person out of everything that it makes. After `--lift`
    the next run takes the person in again.
    """
    from recsys.io.postgres import open_database
    from recsys.steps.person_decisions import decide_restriction

    done = decide_restriction(open_database(read_settings()), customer_id, is_lifted=lift, channel=channel)
    if lift:
        what = "The restriction is lifted." if done["customers"] else "There was no restriction."
    else:
        what = "Processing is restricted."
    _tell(done, what, as_json=as_json)


def _tell(done: dict[str, Any], what: str, *, as_json: bool) -> None:
    if as_json:
        say_json(done)
        return
    say(f"{what} Request {done['request_id']}.")
    for reason in done["still"]:
        say(f"Holds now: {_WHY[reason]}.")
