"""A profile in bands, and a goal, as an advisor reads them."""

from __future__ import annotations

from recsys.api.pages.advisor.words import band, goal_words, years
from recsys.api.pages.languages import Words
from recsys.io.profiles import Profile
from recsys.ranking.suitability_points import Told


def profile_lines(words: Words, profile: Profile) -> list[tuple[str, str]]:
    """Each fact with its name."""
    _ = words.gettext
    return [
        (_("Segment"), profile.segment or _("not known")),
        (_("Age"), years(words, profile.age_from, profile.age_below)),
        (_("Yearly income"), band(words, profile.annual_income_from, profile.annual_income_below)),
        (_("Years with the bank"), band(words, profile.tenure_years_from, profile.tenure_years_below)),
    ]


def goal_told(words: Words, told: Told | None) -> str:
    """What the customer saves for; empty where that is not known."""
    if told is None or not told.investment_goal:
        return ""
    return goal_words(words).get(told.investment_goal, told.investment_goal)
