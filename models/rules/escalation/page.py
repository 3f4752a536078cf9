"""What the tab "User Metadata" of the Temporal UI shows of an escalation: a page for a person.

Markdown as that tab renders it: no tables; nothing that a customer wrote. Facts are plain text and
stay that: a model that was created from a customer's words is in the catalogue with them.
"""

import re
from urllib.parse import quote

from models.escalation import Brief, Choice, Escalation, EscalationReason, EscalationState
from models.rules.escalation.ending import ending_in_words
from models.rules.escalation.kind import Decision, Wants
from models.rules.escalation.registry import KINDS
from models.rules.escalation.wording import local

BUDGET = 7000
"""The UI sends the page through a URL; percent-encoded it must stay below this many bytes."""
_FACT, _PERSON = "- ", "+ "
"""Bullets of their own: what is too much for the budget is left out from the last, facts first."""
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#+!|~&]|:(?![\s\d])|(?<=^\d)\.|(?<=^\d\d)\.|(?<=^\d\d\d)\.")
"""What could begin a link, a heading, a list or HTML."""
_COUNTED = (Wants.HOURS, Wants.MINUTES, Wants.WAIT)
"""What is said as one phrase with the decision: how long."""


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
        who, what = escalation.choice.by.id, _words(escalation, escalation.choice)
        lines += [f"**{who} has decided: {what}.** It is being done: press **R**.", ""]
    if escalation.refusal:
        lines += [
            f"**The last decision could not be carried out.** {_plain(escalation.refusal)}",
            "",
        ]
    if escalation.claimed_by:
        at = escalation.claimed_at
        since = f" since {local(at, brief.tz)}" if at else ""
        lines += [f"Claimed by **{escalation.claimed_by.id}**{since}.", ""]
    lines += [f"**{escalation.asks.capitalize()}**, please decide {brief.decide_by}.", ""]
    lines += [f"{_FACT}{_plain(fact)}" for fact in brief.facts]
    if elsewhere := KINDS[escalation.reason].on_our_page:
        lines.append(f"{_FACT}{_plain(elsewhere)}")
    if brief.gathered_at:
        lines.append(f"{_FACT}As of {local(brief.gathered_at, brief.tz)}")
    if brief.people:
        # Bullets, because a numbered list would be counted anew from 1.
        lines += ["", "**Candidates**", "", *(f"{_PERSON}{_plain(p)}" for p in brief.people)]
    lines += ["", "**What you can decide**", ""]
    lines += [
        f"* **{decision.button_as(brief)}**: {decision.explains_as(brief)}{_ends(decision, brief)}"
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


def _ends(decision: Decision, brief: Brief) -> str:
    """What a decision ends that nothing brings back."""
    return f" It ends {_plain(brief.at_stake)}." if decision.ends_all and brief.at_stake else ""


def _over(escalation: Escalation) -> list[str]:
    tz = escalation.brief.tz if escalation.brief else "UTC"
    at = local(escalation.closed_at, tz) if escalation.closed_at else ""
    if escalation.state is EscalationState.AUTO_RESOLVED:
        why = ending_in_words(escalation.because, escalation.closed_at, tz)
        return ["## DONE: nothing to do", "", f"It resolved itself on {at}. {why}".rstrip()]
    choice = escalation.decided
    assert choice is not None, "a person resolved it"
    what = _words(escalation, choice)
    return ["## DONE: nothing to do", "", f"**{choice.by.id}** decided **{what}** on {at}."]


def _words(escalation: Escalation, choice: Choice) -> str:
    decision = KINDS[escalation.reason].decision(choice.action)
    label = decision.label_as(escalation.brief)
    return _plain(in_one_phrase(label, decision.wants, chosen_in_words(escalation, choice)))


def in_one_phrase(label: str, wants: Wants, chosen: str | None) -> str:
    """A decision as its button says it, with who or what was chosen, for when or for how long."""
    if wants in _COUNTED:
        return ", ".join(filter(None, (label.removesuffix(" (minutes)"), chosen)))
    return ": ".join(filter(None, (label, chosen)))


def chosen_in_words(escalation: Escalation, choice: Choice) -> str:
    """What was chosen, as the line said that it was chosen from; nothing, where nothing was."""
    brief, chosen = escalation.brief or Brief(headline=""), choice.parameter
    match KINDS[escalation.reason].decision(choice.action).wants:
        case Wants.CANDIDATE:
            lines = zip(brief.candidates, brief.people, strict=False)
            return next((line for c, line in lines if c.number == chosen), str(chosen))
        case Wants.OPTION:
            named = ((o, f"{o.number}. {o.line}") for o in brief.options)
            return next((line for o, line in named if chosen in (o.number, o.id)), str(chosen))
        case Wants.HOURS:
            return "as long again" if chosen is None else f"{chosen} hours"
        case Wants.MINUTES | Wants.WAIT:
            return f"{chosen} minutes" if chosen else ""
        case Wants.TIMES:
            return f"{len(brief.times)} times" if len(brief.times) > 1 else "1 time"
        case _:
            return "" if chosen is None else str(chosen)


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
