"""The life of an escalation: asked, claimed, stepped up, decided, healed
(docs/rules/escalations.md, The ladder; Deciding)."""

from datetime import datetime, timedelta
from typing import Any

from models.actor import SYSTEM, Actor, Role
from models.errors import Conflict, Forbidden
from models.escalation import LADDER, Action, Brief, Choice, Escalation, EscalationState
from models.events.escalation import (
    DecisionRefused,
    EscalationAutoResolved,
    EscalationClaimed,
    EscalationDecided,
    EscalationOpened,
    EscalationRaisedAgain,
    EscalationRepaced,
    EscalationResolved,
    EscalationStepped,
    EscalationUnclaimed,
)
from models.messages.escalation import RaiseEscalation
from models.rules.escalation.numbering import remembered


def raised(ask: RaiseEscalation) -> Escalation:
    """The escalation at its first level; or at a higher one, of a question that went on."""
    escalation = Escalation(
        id=ask.escalation_id,
        concerns=ask.concerns,
        workflow_id=ask.workflow_id,
        subject=ask.subject,
        reason=ask.reason,
        visit=ask.visit,
        about=ask.about,
        zone=ask.zone,
        urgency=ask.urgency,
        step=ask.step,
        opened_at=ask.opened_at,
        step_at=ask.opened_at + ask.step if ask.level < len(LADDER) else None,
        begun_at=ask.level,
    )
    opened = EscalationOpened(**escalation.named, subject=ask.subject)
    escalation = escalation.happened(opened, ask.opened_at, SYSTEM)
    if ask.level == escalation.level:
        return escalation
    higher = escalation.but(level=ask.level)
    return higher.happened(EscalationStepped(**higher.named), ask.opened_at, SYSTEM)


def raised_again(known: Escalation, now: datetime) -> Escalation:
    """An escalation that somebody ended from outside, asked again where it stood."""
    again = EscalationRaisedAgain(**known.named)
    return known.but(news=(), choice=None).happened(again, now, SYSTEM)


def briefed(escalation: Escalation, brief: Brief) -> Escalation:
    """The escalation with fresh facts, and a memory of every number in them."""
    return escalation.but(brief=brief, numbers=remembered(escalation.numbers, brief))


def stepped(escalation: Escalation, due: datetime, now: datetime | None = None) -> Escalation:
    """The escalation after its clock, which is at `due`: the next level is asked, as of `now`; the
    last one stays asked."""
    if escalation.step_at is None or due < escalation.step_at:
        return escalation
    if escalation.level == len(LADDER):
        return escalation.but(step_at=None)
    last = escalation.level + 1 == len(LADDER)
    step_at = None if last else escalation.step_at + escalation.step
    higher = escalation.but(level=escalation.level + 1, step_at=step_at)
    return higher.happened(EscalationStepped(**higher.named), now or due, SYSTEM)


def repaced(escalation: Escalation, step: timedelta, now: datetime) -> Escalation:
    """The escalation whose levels have another time each, whoever's turn it is included; turns that
    are over stay so."""
    if step == escalation.step or not escalation.state.is_live:
        return escalation
    turn_ends = escalation.step_at and escalation.step_at - escalation.step + step
    told = EscalationRepaced(**escalation.named, seconds=int(step.total_seconds()))
    return escalation.but(step=step, step_at=turn_ends).happened(told, now, SYSTEM)


def claimed(escalation: Escalation, by: Actor, now: datetime) -> Escalation:
    """The escalation that somebody works on.

    Raises:
        Forbidden, Conflict: as `require_may_decide`.
    """
    require_may_decide(escalation, by)
    if escalation.claimed_by == by:
        return escalation
    return escalation.but(claimed_by=by, claimed_at=now, state=EscalationState.CLAIMED).happened(
        EscalationClaimed(**escalation.named), now, by
    )


def unclaimed(escalation: Escalation, by: Actor, now: datetime) -> Escalation:
    """The escalation that nobody works on any more.

    Raises:
        Forbidden, Conflict: as `require_may_decide`.
    """
    require_may_decide(escalation, by)
    if escalation.claimed_by is None:
        return escalation
    return escalation.but(claimed_by=None, claimed_at=None, state=EscalationState.OPEN).happened(
        EscalationUnclaimed(**escalation.named), now, by
    )


def chosen(escalation: Escalation, choice: Choice) -> Escalation:
    """The escalation with a decision that is now carried out.

    Raises:
        Conflict: `escalation-decided` while another decision is carried out; else as
            `require_may_decide`.
    """
    require_may_decide(escalation, choice.by)
    if escalation.choice is not None:
        raise Conflict(
            "escalation-decided",
            f"{escalation.choice.by.id} has just decided to {_words(escalation.choice.action)}; "
            "press R to see what became of it.",
            by=escalation.choice.by.id,
        )
    decided = EscalationDecided(
        **escalation.named,
        action=choice.action,
        parameter=choice.parameter,
        note_id=choice.note_id,
    )
    return escalation.but(choice=choice, refusal=None).happened(
        decided, choice.at, choice.by, choice.command_id
    )


def carried_out(escalation: Escalation, refusal: str | None, now: datetime) -> Escalation:
    """The escalation resolved by its decision, or open again because that was not possible."""
    choice = escalation.choice
    assert choice is not None, "only a decision is carried out"
    if refusal is None:
        return _closed(escalation, EscalationState.RESOLVED, now).but(decided=choice, choice=None)
    if not escalation.state.is_live:
        return escalation.but(choice=None)
    refusals = escalation.refusals + 1
    return escalation.but(choice=None, refusal=refusal, refusals=refusals).happened(
        DecisionRefused(**escalation.named, action=choice.action), now, SYSTEM
    )


def healed(escalation: Escalation, now: datetime, because: str | None = None) -> Escalation:
    """The escalation that the world has answered, perhaps `because` of something that is told,
    unless a decision is doing so right now."""
    if not escalation.state.is_live or escalation.choice is not None:
        return escalation
    return _closed(escalation.but(because=because), EscalationState.AUTO_RESOLVED, now)


def due_at(escalation: Escalation) -> datetime:
    """When the last of the ladder is asked."""
    return escalation.opened_at + escalation.step * (len(LADDER) - escalation.begun_at)


def waits_until(escalation: Escalation) -> datetime:
    """When the turn of whoever is asked is over; of the last of the ladder, when it was theirs."""
    return escalation.step_at or due_at(escalation)


def _closed(escalation: Escalation, state: EscalationState, now: datetime) -> Escalation:
    if not escalation.state.is_live:
        return escalation
    kind: type[EscalationResolved] | type[EscalationAutoResolved] = EscalationAutoResolved
    if state is EscalationState.RESOLVED:
        kind = EscalationResolved
    actor = escalation.choice.by if escalation.choice else SYSTEM
    action = escalation.choice.action if escalation.choice else None
    why: dict[str, Any] = {"because": escalation.because} if escalation.because else {}
    return escalation.but(state=state, closed_at=now, step_at=None).happened(
        kind(**escalation.named, subject=escalation.subject, action=action, **why), now, actor
    )


def require_may_decide(escalation: Escalation, by: Actor) -> None:
    """Refuse whoever may not decide now.

    Raises:
        Forbidden: `staff-only`.
        Conflict: `escalation-over`, `escalation-claimed` (a manager may all the same).
    """
    if not by.role.is_staff:
        raise Forbidden("staff-only", "Only helpdesk, managers and admins decide here.")
    if not escalation.state.is_live:
        raise Conflict(
            "escalation-over", "It is resolved already; press R.", state=escalation.state
        )
    claimer = escalation.claimed_by
    if claimer is not None and claimer != by and by.role is Role.HELPDESK:
        raise Conflict(
            "escalation-claimed",
            f"{claimer.id} has claimed it; ask them, or a manager, to release it.",
            by=claimer.id,
        )


def _words(action: Action) -> str:
    return action.replace("_", " ")
