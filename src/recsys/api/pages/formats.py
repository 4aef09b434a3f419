"""Numbers, money and dates as a language writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

from recsys.api.pages.languages import Words

Number = int | float | Decimal


def formats_in(words: Words) -> Mapping[str, Callable[..., str]]:
    """The filters of the templates by name."""
    locale = words.locale

    def number(value: Number, digits: int = 0) -> str:
        """With so many digits behind the point."""
        return format_decimal(value, format=f"#,##0{_behind(digits)}", locale=locale)

    def percent(share: Number, digits: int = 0) -> str:
        """A share of 0 to 1."""
        pattern = str(locale.percent_formats[None].pattern)
        return format_percent(share, format=pattern.replace("##0", f"##0{_behind(digits)}"), locale=locale)

    def money(value: Number, currency: str) -> str:
        """Whole amounts without cents; without a sign where the bank has said no currency."""
        if not currency:
            return number(value)
        is_whole = value == int(value)
        return format_currency(
            value,
            currency,
            format=_pattern(locale, currency, is_whole=is_whole),
            locale=locale,
            currency_digits=not is_whole,
        )

    def day(value: date) -> str:
        """A date."""
        return format_date(value, format="long", locale=locale)

    def moment(value: datetime) -> str:
        """A date and a time, in UTC as it is stored."""
        return f"{format_datetime(value, format='medium', locale=locale)} UTC"

    return {"number": number, "percent": percent, "money": money, "day": day, "moment": moment}


def _behind(digits: int) -> str:
    return f".{'0' * digits}" if digits else ""


def _pattern(locale: Locale, currency: str, *, is_whole: bool) -> str:
    pattern = str(locale.currency_formats["standard"].pattern)
    if get_currency_symbol(currency, locale)[-1].isalpha():
        # Letters do not touch digits: CLDR has a pattern of its own for this, which Babel does not use.
        pattern = pattern.replace("\u00a4#", "\u00a4\u00a0#")
    return pattern.replace(".00", "") if is_whole else pattern
