"""What the tab "User Metadata" of the Temporal UI shows of an escalation: a page for a person.

Markdown as that tab renders it: no tables; nothing that a customer wrote. Facts are plain text and
stay that: a model that was created from a customer's words is in the catalogue with them.
"""

import re
from urllib.parse import quote

from models.escalation import Choice, Escalation, EscalationReason, EscalationState
from models.rules.escalation.registry import KINDS

BUDGET = 7000
"""The UI sends the page through a URL; percent-encoded it must stay below this many bytes."""
_FACT, _PERSON = "- ", "+ "
"""Bullets of their own: what is too much for the budget is left out from the last, facts first."""
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#+!|~&]|:(?![\s\d])|(?<=^\d)\.|(?<=^\d\d)\.|(?<=^\d\d\d)\.")
"""What could begin a link, a heading, a list or HTML."""


def summary(reason: EscalationReason) -> str:
    """What stands on the page from the first moment, before any fact is known."""
    return f"Somebody has to decide: **{reason.replace('_', ' ').lower()}**"


def instructions(escalation_id: str) -> str:
    """How to decide, beside or above the facts; the same for every escalation."""
    return "\n".join(
        [
            "1. Read **Current Details** on this page.",
            "2. Click **More Actions** (top right), then **Send an Update**.",
            "3. Under *Name* choose your decision by its number.",
            "4. In *Data* type only what the decision names. Leave *Update ID* empty.",
            "5. Click **Submit**.",
            "6. Press the key **R**: Current Details must then begin with DONE.",
            "",
            f"[Everything as a page with buttons, with names and phone numbers]"
            f"({_ours(escalation_id)})",
        ]
    )


def page(escalation: Escalation) -> str:
    """The problem in a sentence, the facts, what can be decided, until when; or that it is done."""
    lines = _over(escalation) if not escalation.state.is_live else _asking(escalation)
    lines += ["", f"[Names, phone numbers and the customer's own words]({_ours(escalation.id)})"]
    return _within_budget(lines)


def _ours(escalation_id: str) -> str:
    # Relative: the desk that stands in front of the UI serves both.
    return f"/desk/escalations/{escalation_id}"


def _asking(escalation: Escalation) -> list[str]:
    brief = escalation.brief
    if brief is None:
        return [f"## {escalation.reason}", "The facts are being gathered: press **R** in a moment."]
    lines = [f"## {_plain(brief.headline)}", ""]
    if escalation.choice:
        who, what = escalation.choice.by.id, _words(escalation.reason, escalation.choice)
        lines += [f"**{who} has decided: {what}.** It is being done: press **R**.", ""]
    if escalation.refusal:
        lines += [
            f"**The last decision could not be carried out.** {_plain(escalation.refusal)}",
            "",
        ]
    if escalation.claimed_by:
        lines += [f"Claimed by **{escalation.claimed_by.id}**.", ""]
    lines += [f"**{escalation.asks.capitalize()}**, please decide {brief.decide_by}.", ""]
    lines += [f"{_FACT}{_plain(fact)}" for fact in brief.facts]
    if brief.people:
        # Bullets, because a numbered list would be counted anew from 1.
        lines += ["", "**Candidates**", "", *(f"{_PERSON}{_plain(p)}" for p in brief.people)]
    lines += ["", "**What you can decide**", ""]
    lines += [
        f"* **{decision.button}**: {decision.explains}"
        for decision in KINDS[escalation.reason].decisions
        if decision.action in brief.possible
    ]
    return [
        *lines,
        "",
        "**What to do**",
        "",
        "More Actions (top right), Send an Update, choose a decision, Submit. Then press **R**: "
        "this page must begin with DONE.",
    ]


def _over(escalation: Escalation) -> list[str]:
    at = f"{escalation.closed_at:%Y-%m-%d %H:%M} UTC" if escalation.closed_at else ""
    if escalation.state is EscalationState.AUTO_RESOLVED:
        return ["## DONE: nothing to do", "", f"It resolved itself at {at}."]
    choice = escalation.decided
    assert choice is not None, "a person resolved it"
    what = _words(escalation.reason, choice)
    return ["## DONE: nothing to do", "", f"**{choice.by.id}** decided **{what}** at {at}."]


def _words(reason: EscalationReason, choice: Choice) -> str:
    """A decision as its button says it, with what was chosen."""
    label = KINDS[reason].decision(choice.action).label
    typed = "" if choice.parameter is None else f": {_plain(str(choice.parameter))}"
    return f"{label}{typed}"


def _plain(text: str) -> str:
    """Text that is shown as it is written."""
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))


def _within_budget(lines: list[str]) -> str:
    spared = [n for bullet in (_PERSON, _FACT) for n in _places_of(bullet, lines)]
    left = dict(enumerate(lines))
    while len(quote(text := "\n".join(left.values()))) > BUDGET and spared:
        del left[spared.pop()]
    return text


def _places_of(bullet: str, lines: list[str]) -> list[int]:
    return [place for place, line in enumerate(lines) if line.startswith(bullet)]
