"""The languages that we write to people, and which of them somebody reads."""

FALLBACK = "en"
LANGUAGES = (FALLBACK, "de", "fr")


def language_of(locale: str) -> str:
    """The language in which we write to a reader of a locale such as `de`, `de-AT` or `fr_CM`."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else FALLBACK
