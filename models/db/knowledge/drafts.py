# ruff: noqa: S608, the words are ours.
"""Drafts of articles: the notes for others that came with reports, once their ticket took them."""

from collections.abc import Iterator
from typing import Any

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


def drafts_of(visit: Visit) -> Iterator[dict[str, Any]]:
    """The draft that each report of a visit may bring which its ticket took, whether it counts or
    is kept: a person reads it before anybody else does. One that was taken back takes its draft
    along."""
    for fact in (*visit.facts, *visit.evidence):
        if fact.report_id is not None:
            yield {
                "id": derived_id("art", fact.report_id),
                "report_id": fact.report_id,
                "withdrawn": fact.withdrawn,
            }
