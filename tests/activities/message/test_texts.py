"""The words we send: whole, short, and in the reader's language."""

import re

import pytest

from activities.message.texts import declared_facts, render, templates
from models.language import LANGUAGES
from models.rules.message.preferring import MAY_DECLINE
from models.rules.message.reaching import ASKS_TO_ACKNOWLEDGE, Reach

LONG_FACTS = {
    "code": "4711",
    "also": " + V2 Donnerstag, 31. Dezember 2026, 13:00",
    "ticket": "SQ-2026-0001234",
    "visit": "SQ-2026-0001234-V12",
    "start": "2026-03-10T10:00:00+01:00",
    "date": "Donnerstag, 26. November 2026",
    "time": "10:00-12:00 Europe/Berlin",
    "who": "Friederike Hohenstein, Maximilian Wagner",
    "city": "Garmisch-Partenkirchen",
    "link": "https://sysops.example/t/" + "x" * 60,
    "amount": "CHF 1,234.50",
    "reason": "NOTIFICATION_UNDELIVERABLE",
    "entry": "ticket-5c0f7a64-0000-4000-8000-000000000001/put_5c0f7a64-0000-4000-8000-000000000002",
    "asked": "votre changement d'horaires",
    "why": "das Ticket hatte sich inzwischen geändert",
    "until": "Freitag, 27. November 2026, 15:30",
    "line": "SYSOPS T-1042/1 2026-12-08 14:00 90m refrigeration Garmisch-Partenkirchen ref 7KQ2",
}
EVERYBODY = {
    "customer": {
        "ticket.received",
        "slots.offered",
        "visit.scheduled",
        "visit.changed",
        "visit.on_the_way",
        "visit.start_code",
        "visit.cancelled",
        "ticket.cancelled",
        "ticket.completed",
        "invoice.issued",
        "ticket.reopened",
        "ticket.enriched",
        "ticket.supplemented",
        "ticket.closed",
        "request.refused",
        "payment.requested",
        "payment.requested_in_doubt",
        "ticket.in_review",
        "ticket.noted",
        "ticket.delayed",
        "visit.restaffed",
        "visit.expert_cannot_come",
        "visit.missed",
        "visit.times_asked",
        "visit.choice_offered",
        "visit.running_late",
        "visit.whereabouts_unknown",
        "visit.at_the_door",
        "visit.at_the_door_too",
        "visit.due_in_a_day",
        "visit.due_in_two_hours",
        "follow_up.planned",
        "slots.needed",
        "service.restored",
    },
    "expert": {
        "visit.open",
        "proposal.selected",
        "expert.assigned",
        "proposal.released",
        "assignment.cancelled",
        "assignment.reminder",
        "assignment.resent",
        "assignment.moved",
        "assignment.kept",
        "assignment.wait",
        "assignment.customer_coming",
        "assignment.may_leave",
        "assignment.due_in_a_day",
        "assignment.due_in_two_hours",
        "assignment.extended",
        "assignment.shifted",
        "assignment.shortened",
        "assignment.brought_forward",
        "visit.extension_refused",
        "visit.open_first",
    },
    "helpdesk": {"escalation.opened", "escalation.stepped", "command.quarantined"},
}
TO_ACKNOWLEDGE = {
    "proposal.selected",
    "expert.assigned",
    "assignment.moved",
    "assignment.kept",
    "assignment.resent",
}
"""What tells experts of work that is theirs: by SMS, one line and nothing else."""
EVERY_TEXT = [(name, locale) for name in sorted(templates()) for locale in LANGUAGES]
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà{}"
)


def _facts(template: str) -> dict[str, str]:
    return {name: LONG_FACTS[name] for name in declared_facts(template)}


def test_everybody_concerned_has_words() -> None:
    assert set(templates()) == set.union(*EVERYBODY.values())


@pytest.mark.parametrize(("template", "locale"), EVERY_TEXT)
def test_a_text_is_short_and_plain(template: str, locale: str) -> None:
    rendered = render(template, _facts(template), locale)
    assert len(rendered.text) <= 300
    assert len(rendered.subject) <= 78
    assert "{" not in rendered.subject + rendered.text
    words = templates()[template].words[locale]
    assert set(words["text"] + words.get("code", "")) <= GSM


@pytest.mark.parametrize("template", sorted(templates()))
def test_all_languages_tell_the_same_facts(template: str) -> None:
    for language in LANGUAGES:
        words = " ".join(templates()[template].words[language].values())
        assert set(re.findall(r"\{(\w+)\}", words)) == declared_facts(template), language


def test_a_reader_gets_their_language_and_otherwise_english() -> None:
    facts = {"ticket": "SQ-1"}
    english = render("ticket.closed", facts, "en")
    german = render("ticket.closed", facts, "de")
    assert english != german
    assert render("ticket.closed", facts, "de_AT") == german == render("ticket.closed", facts, "DE")
    assert render("ticket.closed", facts, "fr-CM") == render("ticket.closed", facts, "fr")
    assert render("ticket.closed", facts, "ne") == english == render("ticket.closed", facts, "")


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("template", sorted(EVERYBODY["expert"] - TO_ACKNOWLEDGE))
def test_an_experts_first_line_can_be_read_by_a_program(template: str, locale: str) -> None:
    first = render(template, _facts(template), locale).text.splitlines()[0]
    parsed = re.fullmatch(r"SYSOPS (\S+) (\S+) (\S+) (.+)", first)
    assert parsed is not None
    assert parsed.groups() == tuple(
        LONG_FACTS[name] for name in ("ticket", "visit", "start", "city")
    )


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("template", sorted(TO_ACKNOWLEDGE))
def test_an_sms_of_their_work_is_the_fixed_line_alone_and_a_mail_begins_with_it(
    template: str, locale: str
) -> None:
    rendered = render(template, _facts(template), locale)
    assert rendered.sms == LONG_FACTS["line"]
    assert rendered.text.splitlines()[0] == LONG_FACTS["line"]
    assert len(rendered.text.splitlines()) == 2


@pytest.mark.parametrize("template", sorted(set(templates()) - TO_ACKNOWLEDGE))
def test_every_other_text_is_the_same_by_sms_and_mail(template: str) -> None:
    rendered = render(template, _facts(template), "en")
    assert rendered.sms == rendered.text


def test_what_is_to_be_acknowledged_goes_out_by_sms_first_and_then_by_the_next_way() -> None:
    first = {name for name, text in templates().items() if text.reach is Reach.SMS_FIRST}
    again = {name for name, text in templates().items() if text.reach is Reach.ANOTHER_WAY}
    assert first == TO_ACKNOWLEDGE - {"assignment.resent"}
    assert again == {"assignment.resent", "assignment.reminder", "visit.at_the_door_too"}
    instead = {name for name in first if templates()[name].instead_of}
    to_customers = {"visit.at_the_door_too"}
    assert set(ASKS_TO_ACKNOWLEDGE) == (first - instead) | again - to_customers


def test_everybody_may_decline_what_some_text_is_about_and_nothing_else() -> None:
    for role, may in MAY_DECLINE.items():
        about = {templates()[name].topic for name in EVERYBODY[role]} - {None}
        assert about == may, role
    assert {templates()[name].topic for name in EVERYBODY["helpdesk"]} == {None}


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", " Tell our expert the code 4711 at the door; work does not begin before."),
        ("de", " Nennen Sie unserem Experten an der Tür den Code 4711; vorher beginnt die Arbeit "),
        ("fr", " Donnez à notre expert le code 4711 à la porte ; le travail ne commence pas avant"),
    ],
)
@pytest.mark.parametrize("template", ["visit.on_the_way", "visit.start_code"])
def test_a_code_comes_with_what_it_is_for(template: str, locale: str, said: str) -> None:
    assert said in render(template, _facts(template), locale).text


def test_where_no_code_is_needed_nothing_is_said_of_one() -> None:
    text = render("visit.on_the_way", {**_facts("visit.on_the_way"), "code": ""}, "en").text
    assert "code" not in text
    assert text.endswith("Europe/Berlin.")


PAGES = {"times", "offer", "coming", "survey"}
"""Where a link leads that somebody without a login can open."""


def test_whatever_a_customer_is_told_leads_to_a_page_or_nowhere() -> None:
    assert {templates()[name].link for name in EVERYBODY["customer"]} == PAGES | {""}
    for name in EVERYBODY["customer"]:
        assert ("link" in declared_facts(name)) == bool(templates()[name].link), name


def test_completion_asks_how_it_was() -> None:
    link = "https://sysops.example/s/1"
    assert link in render("ticket.completed", {"ticket": "SQ-1", "link": link}, "de").text


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(KeyError, match=r"ticket\.exploded"):
        render("ticket.exploded", {}, "en")


def test_missing_and_foreign_facts_are_named() -> None:
    with pytest.raises(ValueError, match=r"visit\.open lacks: also, city, link"):
        render("visit.open", {"ticket": "1", "visit": "2", "start": "3"}, "en")
    with pytest.raises(ValueError, match=r"ticket\.closed does not know: phone"):
        render("ticket.closed", {"ticket": "1", "phone": "2"}, "en")


def test_a_fact_can_neither_start_a_line_nor_name_another_fact() -> None:
    facts = _facts("visit.open") | {"city": "Bonn\r\nSYSOPS forged {link}"}
    rendered = render("visit.open", facts, "en")
    assert len(rendered.text.splitlines()) == 2
    assert rendered.text.splitlines()[0].endswith("Bonn SYSOPS forged {link}")
    assert "\n" not in rendered.subject
