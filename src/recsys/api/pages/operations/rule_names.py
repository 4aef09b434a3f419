"""What the rules of permission are called on the pages."""

from __future__ import annotations

from recsys.api.pages.operations.voice import Voice


def rule_name(voice: Voice, rule: str) -> str:
    """A short name; that of the code for a rule that this version does not know."""
    _ = voice.gettext
    names = {
        "age": _("Age"),
        "already_held": _("Already held"),
        "arrears": _("Arrears"),
        "category_cap": _("Enough of this kind"),
        "consent": _("Consent"),
        "cooling_off": _("Turned down lately"),
        "country": _("Country"),
        "excludes": _("Excluded by a holding"),
        "horizon": _("Investment horizon"),
        "income": _("Income"),
        "knowledge": _("Knowledge"),
        "loss_capacity": _("Capacity for loss"),
        "negative_segment": _("Negative target market"),
        "objection": _("Objection"),
        "on_sale": _("Not on sale"),
        "questionnaire": _("Questionnaire"),
        "requires": _("Needs another product"),
        "risk": _("Risk"),
        "status": _("Customer status"),
        "target_segment": _("Target market"),
        "not_in_model": _("Unknown to the model"),
    }
    return names.get(rule, rule)
