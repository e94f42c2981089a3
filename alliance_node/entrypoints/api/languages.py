"""Which of the two languages a caller reads: `zh` or `en`. Pure."""

from urllib.parse import parse_qs

LANGUAGES = ("en", "zh")
DEFAULT = "en"


def language_of(accept_language: bytes | None, asked: str | None = None) -> str:
    """`?lang=` wins when it names one of ours; else the best of Accept-Language by weight; else English."""
    if asked is not None and asked.lower()[:2] in LANGUAGES:
        return asked.lower()[:2]
    if not accept_language:
        return DEFAULT
    best, best_weight = DEFAULT, 0.0
    for part in accept_language.decode("latin-1")[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        if tag[:2].lower() in LANGUAGES and weight > best_weight:
            best, best_weight = tag[:2].lower(), weight
    return best


def language_asked(accept_language: bytes | None, query: bytes) -> str:
    """The language of a raw request: what `language_of` says to its header and its `?lang=`."""
    asked = parse_qs(query.decode("latin-1")[:2000]).get("lang") if b"lang=" in query else None
    return language_of(accept_language, asked[-1] if asked else None)


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
