"""Numbers, money and dates as a language writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent

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
        if value == int(value):
            return format_currency(int(value), currency, format=_whole(words), locale=locale, currency_digits=False)
        return format_currency(value, currency, locale=locale)

    def day(value: date) -> str:
        """A date."""
        return format_date(value, format="long", locale=locale)

    def moment(value: datetime) -> str:
        """A date and a time, in UTC as it is stored."""
        return f"{format_datetime(value, format='medium', locale=locale)} UTC"

    return {"number": number, "percent": percent, "money": money, "day": day, "moment": moment}


def _behind(digits: int) -> str:
    return f".{'0' * digits}" if digits else ""


def _whole(words: Words) -> str:
    pattern = words.locale.currency_formats["standard"].pattern
    return str(pattern).replace(".00", "")
