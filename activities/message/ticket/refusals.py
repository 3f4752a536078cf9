"""What a customer asked for and why it could not be, in plain words: they were told first that it
is accepted."""

from collections.abc import Mapping

from models.language import FALLBACK, language_of

ASKED: Mapping[str, Mapping[str, str]] = {
    "en": {
        "cancel": "your cancellation",
        "change_slots": "your change of times",
        "move_visit": "the move of your visit",
    },
    "de": {
        "cancel": "Ihre Absage",
        "change_slots": "die Änderung Ihrer Zeiten",
        "move_visit": "die Verlegung Ihres Termins",
    },
    "fr": {
        "cancel": "votre annulation",
        "change_slots": "votre changement d'horaires",
        "move_visit": "le report de votre rendez-vous",
    },
}
"""By language, and the name of the ticket's update."""
_SLOTS = "slot"
"""How codes begin that blame a time."""
_OTHER = "other"
WHY: Mapping[str, Mapping[str, str]] = {
    "en": {
        "ticket-closed": "the ticket is closed",
        "command-too-old": "it could not be carried out for three days",
        "helpdesk-only": "an expert is under way already",
        "illegal-transition": "it had gone too far for that",
        "ticket-changed": "the ticket had changed meanwhile",
        "reschedule-cutoff": "the visit was too near",
        _SLOTS: "one of the times did not suit any more",
        _OTHER: "it is not possible as things stand",
    },
    "de": {
        "ticket-closed": "das Ticket ist geschlossen",
        "command-too-old": "drei Tage lang ließ es sich nicht ausführen",
        "helpdesk-only": "unser Experte ist schon unterwegs",
        "illegal-transition": "dafür war es schon zu weit",
        "ticket-changed": "das Ticket hatte sich inzwischen geändert",
        "reschedule-cutoff": "der Termin war zu nah",
        _SLOTS: "eine der Zeiten passte nicht mehr",
        _OTHER: "so, wie es steht, ist es nicht möglich",
    },
    "fr": {
        "ticket-closed": "le ticket est clos",
        "command-too-old": "cela n'a pas pu être fait pendant trois jours",
        "helpdesk-only": "notre expert est déjà en route",
        "illegal-transition": "il était trop tard pour cela",
        "ticket-changed": "le ticket avait changé entre-temps",
        "reschedule-cutoff": "le rendez-vous était trop proche",
        _SLOTS: "un des horaires ne convenait plus",
        _OTHER: "ce n'est pas possible actuellement",
    },
}
"""By language, and the code of the refusal."""


def asked_in_words(asked: str, locale: str) -> str:
    """What was asked for; its name, where nobody has words for it."""
    return ASKED.get(language_of(locale), ASKED[FALLBACK]).get(asked, asked)


def why_in_words(code: str, locale: str) -> str:
    """Why it could not be."""
    words = WHY.get(language_of(locale), WHY[FALLBACK])
    kind = _SLOTS if code.startswith("slot-") else code
    return words.get(kind, words[_OTHER])
