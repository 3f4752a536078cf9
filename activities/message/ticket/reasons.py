"""What the matter is that somebody has to decide about, in plain words before its code."""

from collections.abc import Mapping

from models.escalation import EscalationReason
from models.language import FALLBACK, language_of

PLAIN: Mapping[str, Mapping[str, str]] = {
    "en": {
        EscalationReason.NO_PROPOSALS: "no expert has proposed in time",
        EscalationReason.PARTIAL: "somebody is still missing",
        EscalationReason.NO_COMMON_TIME: "no time suits everybody",
        EscalationReason.MATCH_UNDECIDED: "who comes when was not found",
        EscalationReason.COVERAGE_UNKNOWN: "who pays is not known",
        EscalationReason.NOT_COVERED: "no plan covers it",
        EscalationReason.MODEL_UNRESOLVED: "the appliance is not in the catalogue",
        EscalationReason.DATA_MISSING: "the customer's file is missing",
        EscalationReason.NO_ACK: "an expert has not answered",
        EscalationReason.LATE_START: "an expert is late",
        EscalationReason.NOTIFICATION_UNDELIVERABLE: "a message reached nobody",
        EscalationReason.CANNOT_ARRIVE: "an expert cannot come",
        EscalationReason.CANNOT_ENTER: "nobody opens the door",
        EscalationReason.WORK_IMPLAUSIBLE: "reported work cannot be right",
        EscalationReason.WORK_AFTER_CANCEL: "work was done after a cancellation",
        EscalationReason.OVERRUN: "work should be over",
        EscalationReason.FOLLOW_UP_MISSING: "nothing goes on with unfinished work",
        EscalationReason.SLA_AT_RISK: "the promised time is running out",
        EscalationReason.SLA_BREACHED: "the promised time is over",
    },
    "de": {
        EscalationReason.NO_PROPOSALS: "niemand hat sich rechtzeitig angeboten",
        EscalationReason.PARTIAL: "es fehlt noch jemand",
        EscalationReason.NO_COMMON_TIME: "keine Zeit passt allen",
        EscalationReason.MATCH_UNDECIDED: "wer wann kommt, ist offen",
        EscalationReason.COVERAGE_UNKNOWN: "wer zahlt, ist nicht bekannt",
        EscalationReason.NOT_COVERED: "kein Vertrag deckt es",
        EscalationReason.MODEL_UNRESOLVED: "das Gerät steht nicht im Katalog",
        EscalationReason.DATA_MISSING: "die Kundendaten fehlen",
        EscalationReason.NO_ACK: "ein Techniker antwortet nicht",
        EscalationReason.LATE_START: "ein Techniker ist verspätet",
        EscalationReason.NOTIFICATION_UNDELIVERABLE: "eine Nachricht kam nicht an",
        EscalationReason.CANNOT_ARRIVE: "ein Techniker kann nicht kommen",
        EscalationReason.CANNOT_ENTER: "niemand öffnet die Tür",
        EscalationReason.WORK_IMPLAUSIBLE: "gemeldete Arbeit kann nicht stimmen",
        EscalationReason.WORK_AFTER_CANCEL: "nach der Absage wurde gearbeitet",
        EscalationReason.OVERRUN: "die Arbeit sollte fertig sein",
        EscalationReason.FOLLOW_UP_MISSING: "unfertige Arbeit geht nicht weiter",
        EscalationReason.SLA_AT_RISK: "die zugesagte Zeit wird knapp",
        EscalationReason.SLA_BREACHED: "die zugesagte Zeit ist vorbei",
    },
    "fr": {
        EscalationReason.NO_PROPOSALS: "aucun expert ne s'est proposé à temps",
        EscalationReason.PARTIAL: "il manque encore quelqu'un",
        EscalationReason.NO_COMMON_TIME: "aucune heure ne convient à tous",
        EscalationReason.MATCH_UNDECIDED: "qui vient quand reste à trouver",
        EscalationReason.COVERAGE_UNKNOWN: "on ne sait pas qui paie",
        EscalationReason.NOT_COVERED: "aucun contrat ne le couvre",
        EscalationReason.MODEL_UNRESOLVED: "l'appareil n'est pas au catalogue",
        EscalationReason.DATA_MISSING: "le dossier du client manque",
        EscalationReason.NO_ACK: "un expert ne répond pas",
        EscalationReason.LATE_START: "un expert est en retard",
        EscalationReason.NOTIFICATION_UNDELIVERABLE: "un message n'est pas arrivé",
        EscalationReason.CANNOT_ARRIVE: "un expert ne peut pas venir",
        EscalationReason.CANNOT_ENTER: "personne n'ouvre la porte",
        EscalationReason.WORK_IMPLAUSIBLE: "un travail signalé est invraisemblable",
        EscalationReason.WORK_AFTER_CANCEL: "on a travaillé après l'annulation",
        EscalationReason.OVERRUN: "le travail devrait être fini",
        EscalationReason.FOLLOW_UP_MISSING: "rien ne suit un travail inachevé",
        EscalationReason.SLA_AT_RISK: "le délai promis touche à sa fin",
        EscalationReason.SLA_BREACHED: "le délai promis est dépassé",
    },
}
"""By language."""


def reason_in_words(code: str, locale: str) -> str:
    """What is the matter, as a reader of that language reads it, and its code, which leads to the
    guide; the code alone, where nobody knows it."""
    spoken = PLAIN.get(language_of(locale), PLAIN[FALLBACK])
    words = spoken.get(code)
    return f"{words} ({code})" if words else code
