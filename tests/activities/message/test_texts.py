"""The words we send: whole, short, and in the reader's language."""

import re

import pytest

from activities.message.texts import declared_facts, render, templates

LONG_FACTS = {
    "also": " + V2 2026-12-31 13:00",
    "ticket": "SQ-2026-0001234",
    "visit": "SQ-2026-0001234-V12",
    "start": "2026-03-10T10:00:00+01:00",
    "date": "Donnerstag, 26. November 2026",
    "time": "10:00-12:00 Europe/Berlin",
    "city": "Garmisch-Partenkirchen",
    "link": "https://sysops.example/t/" + "x" * 60,
    "amount": "CHF 1,234.50",
    "reason": "NOTIFICATION_UNDELIVERABLE",
    "until": "2026-11-27, 15:30",
}
EVERYBODY = {
    "customer": {
        "ticket.received",
        "slots.offered",
        "visit.scheduled",
        "visit.changed",
        "visit.on_the_way",
        "visit.cancelled",
        "ticket.cancelled",
        "ticket.completed",
        "invoice.issued",
        "ticket.reopened",
        "ticket.closed",
        "payment.requested",
    },
    "expert": {
        "visit.open",
        "proposal.selected",
        "expert.assigned",
        "proposal.released",
        "assignment.cancelled",
        "assignment.reminder",
    },
    "helpdesk": {"escalation.opened", "escalation.stepped"},
}
EVERY_TEXT = [(name, locale) for name in sorted(templates()) for locale in ("en", "de")]
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
    assert set(templates()[template].words[locale]["text"]) <= GSM


@pytest.mark.parametrize("template", sorted(templates()))
def test_both_languages_tell_the_same_facts(template: str) -> None:
    english, german = (
        set(re.findall(r"\{(\w+)\}", " ".join(templates()[template].words[language].values())))
        for language in ("en", "de")
    )
    assert english == german == declared_facts(template)


def test_a_reader_gets_their_language_and_otherwise_english() -> None:
    facts = {"ticket": "SQ-1"}
    english = render("ticket.closed", facts, "en")
    german = render("ticket.closed", facts, "de")
    assert english != german
    assert render("ticket.closed", facts, "de_AT") == german == render("ticket.closed", facts, "DE")
    assert render("ticket.closed", facts, "fr-CM") == english == render("ticket.closed", facts, "")


@pytest.mark.parametrize("locale", ["en", "de"])
@pytest.mark.parametrize("template", sorted(EVERYBODY["expert"]))
def test_an_experts_first_line_can_be_read_by_a_program(template: str, locale: str) -> None:
    first = render(template, _facts(template), locale).text.splitlines()[0]
    parsed = re.fullmatch(r"SYSOPS (\S+) (\S+) (\S+) (.+)", first)
    assert parsed is not None
    assert parsed.groups() == tuple(
        LONG_FACTS[name] for name in ("ticket", "visit", "start", "city")
    )


def test_completion_asks_how_it_was() -> None:
    link = "https://sysops.example/s/1"
    assert link in render("ticket.completed", {"ticket": "SQ-1", "link": link}, "de").text


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(KeyError, match=r"ticket\.exploded"):
        render("ticket.exploded", {}, "en")


def test_missing_and_foreign_facts_are_named() -> None:
    with pytest.raises(ValueError, match=r"visit\.open lacks: city, link"):
        render("visit.open", {"ticket": "1", "visit": "2", "start": "3"}, "en")
    with pytest.raises(ValueError, match=r"ticket\.closed does not know: phone"):
        render("ticket.closed", {"ticket": "1", "phone": "2"}, "en")


def test_a_fact_can_neither_start_a_line_nor_name_another_fact() -> None:
    facts = _facts("visit.open") | {"city": "Bonn\r\nSYSOPS forged {link}"}
    rendered = render("visit.open", facts, "en")
    assert len(rendered.text.splitlines()) == 2
    assert rendered.text.splitlines()[0].endswith("Bonn SYSOPS forged {link}")
    assert "\n" not in rendered.subject
