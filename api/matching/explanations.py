"""Why a group was booked as it was: by the rule, by hand, or by the rule around a hand."""

from collections.abc import Sequence

from api.matching.schemas import ByHandView, ChosenView, DecisionView, KeysView, VerdictView
from models.db.engine import Session
from models.db.matching.decisions import ChosenByHand, DecisionRepository, StoredDecision
from models.db.matching.reads import ProposalReads
from models.matching.decision import ProposalVerdict
from models.rules.matching.evaluation import evaluate, keys
from models.rules.matching.explaining import out_of_the_running, verdicts
from models.visit import AssignmentSource


def explained(session: Session, group_id: str, own: str | None) -> DecisionView | None:
    """The last decision about a group; only the part of one expert if `own` names them, and None
    where there is none, or none that concerns them."""
    decisions = DecisionRepository(session)
    stored, by_hand = decisions.stored(group_id), decisions.by_hand(group_id)
    last_by_hand = max((c.round for c in by_hand), default=0)
    if stored is not None and stored.round > last_by_hand:
        view = _by_the_rule(session, stored, by_hand)
    elif by_hand:
        view = _by_hand(session, group_id, by_hand)
    else:
        return None
    return view if view is None or own is None else _part_of(view, own)


def _by_the_rule(
    session: Session, stored: StoredDecision, by_hand: Sequence[ChosenByHand]
) -> DecisionView | None:
    solution = evaluate(stored.problem).solution
    if solution is None:
        return None
    k1, k2, k3, k4 = keys(stored.problem, solution)
    counted = verdicts(stored.problem, solution)
    others = _others(session, [v.id for v in stored.problem.visits], by_hand)
    known = {v.proposal_id for v in counted}
    return DecisionView(
        group_id=stored.group_id,
        round=stored.round,
        source=AssignmentSource.AUTO,
        decided_at=stored.decided_at,
        starts={s.visit_id: s.start for s in stored.settlement.starts},
        crew=[
            ChosenView(**m.model_dump(exclude={"assignment_id"})) for m in stored.settlement.crew
        ],
        keys=KeysView(k1=list(k1), k2=list(k2), k3=list(k3), k4=list(k4)),
        by_hand=_views(by_hand),
        proposals=_told([*counted, *(v for v in others if v.proposal_id not in known)]),
    )


def _by_hand(session: Session, group_id: str, chosen: Sequence[ChosenByHand]) -> DecisionView:
    return DecisionView(
        group_id=group_id,
        round=chosen[-1].round,
        source=AssignmentSource.MANUAL,
        decided_at=chosen[-1].decided_at,
        starts={c.visit_id: c.start for c in chosen},
        crew=[ChosenView(**c.model_dump(include=set(ChosenView.model_fields))) for c in chosen],
        keys=None,
        by_hand=_views(chosen),
        proposals=_told(_others(session, [], chosen)),
    )


def _others(
    session: Session, visit_ids: Sequence[str], by_hand: Sequence[ChosenByHand]
) -> list[ProposalVerdict]:
    """The proposals that the rule did not look at."""
    reads, sent_to = ProposalReads(session), {c.visit_id for c in by_hand}
    proposals = [p for visit_id in {*visit_ids, *sent_to} for p in reads.of_visit(visit_id)]
    return [v for p in proposals if (v := out_of_the_running(p, sent_to))]


def _part_of(view: DecisionView, expert_id: str) -> DecisionView | None:
    crew = [c for c in view.crew if c.expert_id == expert_id]
    by_hand = [
        c.model_copy(update={"actor_id": None, "reason": None})
        for c in view.by_hand
        if c.expert_id == expert_id
    ]
    proposals = [p for p in view.proposals if p.expert_id == expert_id]
    if not (crew or by_hand or proposals):
        return None
    return view.model_copy(update={"crew": crew, "by_hand": by_hand, "proposals": proposals})


def _views(chosen: Sequence[ChosenByHand]) -> list[ByHandView]:
    return [ByHandView(**c.model_dump(exclude={"round"})) for c in chosen]


def _told(found: Sequence[ProposalVerdict]) -> list[VerdictView]:
    return [VerdictView(**v.model_dump()) for v in sorted(found, key=lambda v: v.seq)]
