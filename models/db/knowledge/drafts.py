# ruff: noqa: S608, the words are ours.
"""Drafts of articles: the notes for others that came with reports, once their ticket took them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from models.events.visit import VisitReportWithdrawn
from models.identity import derived_id
from models.knowledge import ArticleState
from models.visit import Visit

DRAFTS = f"""drafts as (
    select n.id as article_id, n.withdrawn, r.*
    from jsonb_to_recordset(%(record)s::jsonb -> 'drafts')
        as n(id text, report_id text, withdrawn boolean)
    join work_reports r on r.id = n.report_id where r.kb_note is not null),
new_drafts as (
    insert into articles (id, state, version, ticket_id, visit_id, report_id, model_id, category,
        author_id, body, created_at)
    select d.article_id, '{ArticleState.DRAFT}', 1, d.ticket_id, d.visit_id, d.id, moved.model_id,
        moved.category, d.expert_id, d.kb_note, d.written_at
    from moved, drafts d where not d.withdrawn on conflict (id) do nothing),
without_drafts as (
    delete from articles using moved, drafts d
    where articles.id = d.article_id and d.withdrawn and articles.version = 1
    and articles.state = '{ArticleState.DRAFT}')"""
"""Steps that are written with a ticket. They need the row that `moved` answers, with the ticket's
model and category. If they run again after they succeeded: the same report has the same draft, and
one that was taken back has none."""


FOLLOWED = f"""followed_drafts as (
    update articles set model_id = moved.model_id, category = moved.category from moved
    where articles.ticket_id = moved.id and articles.state = '{ArticleState.DRAFT}'
    and (articles.model_id, articles.category)
        is distinct from (moved.model_id, moved.category)
    and articles.report_id not in (
        select report_id from jsonb_to_recordset(%(record)s::jsonb -> 'drafts')
            as n(report_id text, withdrawn boolean) where withdrawn))"""
"""A draft is about the model that its ticket turns out to be about, until somebody has read it. One
that is taken away in this very statement is left to that."""


_LATE = f"""insert into articles (id, state, version, ticket_id, visit_id, report_id, model_id,
    category, author_id, body, created_at)
select cast(:id as text), '{ArticleState.DRAFT}', 1, r.ticket_id, r.visit_id, r.id, t.model_id,
    t.category, r.expert_id, r.kb_note, r.written_at
from work_reports r join tickets t on t.id = r.ticket_id
where r.id = :report_id and r.kb_note is not null and not exists (
    select from events e where e.ticket_id = r.ticket_id
    and e.type = '{VisitReportWithdrawn.kind}' and e.facts ->> 'visit_id' = r.visit_id
    and e.facts ->> 'expert_id' = r.expert_id and e.seq > (
        select max(o.seq) from events o where o.ticket_id = r.ticket_id
        and o.facts ->> 'client_event_id' = r.client_event_id
        and o.type <> '{VisitReportWithdrawn.kind}'))
on conflict (id) do nothing"""


def late_draft(session: Session, report_id: str) -> None:
    """The draft of a report which its ticket took before its words were kept; none of one that was
    taken back since. Again after success: it is there, or somebody has taken it away."""
    values = {"id": _draft_of(report_id), "report_id": report_id}
    session.execute(text(_LATE), values)


def drafts_of(visit: Visit) -> Iterator[dict[str, Any]]:
    """The draft that each report of a visit may bring which its ticket took, whether it counts or
    is kept: a person reads it before anybody else does. One that was taken back takes its draft
    along."""
    for fact in (*visit.facts, *visit.evidence):
        if fact.report_id is not None:
            yield {
                "id": _draft_of(fact.report_id),
                "report_id": fact.report_id,
                "withdrawn": fact.withdrawn,
            }


def _draft_of(report_id: str) -> str:
    return derived_id("art", report_id)
