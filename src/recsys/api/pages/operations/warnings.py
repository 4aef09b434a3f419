"""What somebody should look at: stale or failed publishing, and rules that leave a product to nearly nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from recsys.api.pages.operations.rule_names import rule_name
from recsys.api.pages.operations.voice import Voice
from recsys.io.reporting import Row
from recsys.ranking.rule_reach import ReachWarning

_SOON = timedelta(days=1)
_SHOWN_PRODUCTS = 3


def validity_warning(voice: Voice, publication: Row, now: datetime) -> str | None:
    """Whether the publication is shown to nobody any more, or soon."""
    _ = voice.gettext
    valid_until: datetime = publication["valid_until"]
    if valid_until <= now:
        return _("The publication ended on %(moment)s: nobody is shown anything.") % {
            "moment": voice.moment(valid_until)
        }
    if valid_until - now < _SOON:
        return _("The publication ends on %(moment)s; after that nobody is shown anything.") % {
            "moment": voice.moment(valid_until)
        }
    return None


def run_warning(voice: Voice, run: Row | None) -> str | None:
    """Whether the last run failed."""
    if run is None or run["state"] != "failed":
        return None
    return voice.gettext("The last run failed at the step %(step)s; readers see the publication before it.") % {
        "step": run["failed_step"]
    }


def reach_sentence(voice: Voice, warning: ReachWarning, names: dict[str, str]) -> str:
    """A rule that leaves products to nearly nobody; `names` by id of the product."""
    shown = [names.get(product_id, product_id) for product_id in warning.product_ids[:_SHOWN_PRODUCTS]]
    n_more = len(warning.product_ids) - len(shown)
    products = ", ".join(shown)
    if n_more:
        products = voice.ngettext("%(products)s and %(n)s more", "%(products)s and %(n)s more", n_more) % {
            "products": products,
            "n": voice.number(n_more),
        }
    return voice.gettext(
        "“%(rule)s” refuses %(products)s to %(share)s of all persons: is the limit meant, and does the feed deliver "
        "what it asks for?"
    ) % {"rule": rule_name(voice, warning.rule), "products": products, "share": voice.share(warning.share)}
