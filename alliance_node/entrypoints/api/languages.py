"""Which of the two languages a caller reads: `zh` or `en`. Pure."""

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


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
