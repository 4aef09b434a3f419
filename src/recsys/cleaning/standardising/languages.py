"""The languages in which names of countries, currencies and months are known: those of Europe, and large others."""

LANGUAGES = (
    "en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "bg", "el", "sv", "da", "nb",
    "fi", "et", "lv", "lt", "ga", "mt", "ca", "tr", "ru", "uk", "zh", "ja", "ar",
)  # fmt: skip
