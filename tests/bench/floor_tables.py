# ruff: noqa: S608, every word of these statements stands here.
"""The floor's schema and reference data, and every statement that its workflows make."""

import json
from typing import LiteralString

import psycopg

from models.catalogue.catalogue import load

TABLES = """
create table customers (
    id text primary key, zone text not null, name text not null, phone text not null,
    address jsonb not null, plan_id text
);
create table experts (
    id text primary key, zone text not null, phone text not null, skills text[] not null
);
create table models (id text primary key, category text not null, minutes int not null,
    skill text not null);
create table plans (id text primary key, categories text[]);
create table tickets (
    id text primary key, number int generated always as identity, seq int not null,
    status text not null, customer_id text not null, opened jsonb not null,
    opened_at timestamptz not null
);
create table events (
    ticket_id text not null, seq int not null, type text not null, facts jsonb not null,
    recorded_at timestamptz not null default now(), primary key (ticket_id, seq)
);
create table assignments (
    id text primary key, ticket_id text not null, expert_id text not null,
    expert int8range not null generated always as
        (int8range(hashtextextended(expert_id, 0), hashtextextended(expert_id, 0), '[]')) stored,
    blocked tstzrange not null,
    exclude using gist (expert with =, blocked with &&)
);
create table invoices (id text primary key, ticket_id text not null, total int not null);
create table surveys (ticket_id text primary key, state text not null default 'PENDING');
create table notifications (
    id uuid primary key default gen_random_uuid(), ticket_id text not null, seq int not null,
    recipient_id text not null, template text not null, state text not null default 'QUEUED',
    created_at timestamptz not null default clock_timestamp(), due_at timestamptz default now(),
    unique (ticket_id, seq, recipient_id, template)
);
create index on notifications (created_at) where state = 'QUEUED';
"""
LOOK_UP = """select c.zone, m.category, m.minutes, m.skill, p.id
from customers c left join models m on m.id = %(model)s
left join plans p on p.id = c.plan_id and (p.categories is null or m.category = any(p.categories))
where c.id = %(customer)s"""
ADMIT = """with new as (
    insert into tickets (id, seq, status, customer_id, opened, opened_at)
    values (%(id)s, 1, 'MATCHING', %(customer)s, %(opened)s, now())
    on conflict do nothing returning id),
told as (
    insert into notifications (ticket_id, seq, recipient_id, template)
    select new.id, 1, %(customer)s, 'ticket.received' from new
    union all
    select new.id, 1, experts.id, 'visit.open' from new, experts
    where zone = %(zone)s and %(skill)s = any(skills))
select pg_notify('notifications', '') from new"""
BOOK = """with booked as (
    insert into assignments (id, ticket_id, expert_id, blocked)
    values (%(proposal)s, %(id)s, %(expert)s,
            tstzrange(%(start)s::timestamptz, %(start)s::timestamptz + interval '90 minutes'))
    on conflict (id) do nothing),
moved as (
    update tickets set seq = %(seq)s, status = 'SCHEDULED'
    where id = %(id)s and seq < %(seq)s returning id, customer_id),
told as (
    insert into notifications (ticket_id, seq, recipient_id, template)
    select id, %(seq)s, customer_id, 'visit.scheduled' from moved
    union all
    select id, %(seq)s, %(expert)s, 'proposal.selected' from moved)
select pg_notify('notifications', '') from moved"""
RECORD = """with moved as (
    update tickets set seq = %(seq)s, status = %(status)s
    where id = %(id)s and seq < %(seq)s returning id)
insert into events (ticket_id, seq, type, facts)
select id, %(seq)s, %(status)s, %(facts)s from moved"""
_RECORD_TELLING = """with moved as (
    update tickets set seq = %(seq)s, status = %(status)s
    where id = %(id)s and seq < %(seq)s returning id, customer_id),
known as (
    insert into events (ticket_id, seq, type, facts)
    select id, %(seq)s, %(status)s, %(facts)s from moved),
told as (
    insert into notifications (ticket_id, seq, recipient_id, template)
    select id, %(seq)s, customer_id, %(template)s from moved)"""
RECORD_TELLING = _RECORD_TELLING + " select pg_notify('notifications', '') from moved"
RECORD_ASKING = (
    _RECORD_TELLING
    + """, asked as (insert into surveys (ticket_id) select id from moved on conflict do nothing)
select pg_notify('notifications', '') from moved"""
)
INVOICE = """with issued as (
    insert into invoices values (%(id)s, %(id)s, 0) on conflict do nothing returning id),
told as (
    insert into notifications (ticket_id, seq, recipient_id, template)
    select id, 0, %(customer)s, 'invoice.issued' from issued)
select pg_notify('notifications', '') from issued"""
TOLD = {"en_route": "visit.on_the_way", "completed": "ticket.completed", "CLOSED": "ticket.closed"}
"""What the customer is told when a message has this effect, as ours tell them."""


def make_tables(url: str) -> None:
    """The floor's tables, filled with the people and things that ours know too."""
    reference = load()
    kinds = {c.code: c for c in reference.categories}
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(TABLES)
        _fill(
            session,
            "insert into customers values (%s, %s, %s, %s, %s, %s)",
            [
                (
                    c.id,
                    c.zone,
                    c.name,
                    c.phone,
                    json.dumps(c.address.model_dump()),
                    next((s.plan for s in c.subscriptions if s.status == "ACTIVE"), None),
                )
                for c in reference.customers
            ],
        )
        _fill(
            session,
            "insert into experts values (%s, %s, %s, %s)",
            [(e.id, e.zone, e.phone, list(e.skills)) for e in reference.experts],
        )
        _fill(
            session,
            "insert into models values (%s, %s, %s, %s)",
            [
                (
                    m.id,
                    m.category,
                    kinds[m.category].visit_minutes,
                    kinds[m.category].skills[0].skill,
                )
                for m in reference.models
            ],
        )
        _fill(
            session,
            "insert into plans values (%s, %s)",
            [(p.id, list(p.categories) if p.categories else None) for p in reference.plans],
        )


def _fill(
    session: psycopg.Connection[tuple[object, ...]],
    statement: LiteralString,
    rows: list[tuple[object, ...]],
) -> None:
    with session.cursor() as cursor:
        cursor.executemany(statement, rows)
