"""Who may what in the embedded Postgres: the keeper keeps the server, the house has its database.

The house is no superuser: whatever a fault of ours lets somebody say to Postgres, it starts no
program, reads no file and sees no other database. A cluster of an earlier release has the house as
the superuser that it was made with. It gives up the name: a superuser it has to stay
(postgresql.org, ALTER ROLE), but nobody can log in as it.
"""

import psycopg
from psycopg import sql

HOUSE = "sysops"
DATABASE = "sysops"
KEEPER = "keeper"
FOUNDER = "founder"
"""What the first superuser of an earlier release's cluster is called from then on."""

_NOT_THE_HOUSES = """
    select format('alter %s %s owner to {house}', kind, name) from (
        select 'table' as kind, c.oid::regclass::text as name, 1 as turn
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relowner <> '{house}'::regrole
          and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
          and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass
                          and d.objid = c.oid and d.deptype in ('e', 'a', 'i'))
        union all
        select 'routine', p.oid::regprocedure::text, 2
        from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proowner <> '{house}'::regrole
          and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                          and d.objid = p.oid and d.deptype = 'e')
        union all
        select 'type', t.oid::regtype::text, 3
        from pg_type t
        where t.typnamespace = 'public'::regnamespace and t.typowner <> '{house}'::regrole
          and t.typtype in ('e', 'd')
          and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass
                          and d.objid = t.oid and d.deptype = 'e')
    ) as theirs order by turn, name
"""
_EXTENSIONS = "update pg_extension set extowner = %s::regrole where extowner = %s::regrole"
"""No statement gives an extension away, and a backup is put back by its owner."""

Session = psycopg.Connection[tuple[object, ...]]


def arrange(keeper_url: str, earlier_url: str, password: str) -> None:
    """Keeper, house and the house's database as they have to be; done twice, done once.

    `earlier_url` is where the superuser of an earlier release logs in, who has the house's name.
    """
    with _keeper(keeper_url, earlier_url) as session:
        with session.transaction():
            _make_house(session, password)
        _make_database(session)
    own = psycopg.conninfo.make_conninfo(keeper_url, dbname=DATABASE)
    with psycopg.connect(own, connect_timeout=5) as session:
        _hand_over(session)


def _keeper(keeper_url: str, earlier_url: str) -> Session:
    try:
        return psycopg.connect(keeper_url, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError:
        told = psycopg.conninfo.conninfo_to_dict(keeper_url)
        with psycopg.connect(earlier_url, connect_timeout=5) as session:
            _say(
                session,
                "create role {} superuser login password {}",
                KEEPER,
                secret=str(told["password"]),
            )
    return psycopg.connect(keeper_url, autocommit=True, connect_timeout=5)


def _make_house(session: Session, password: str) -> None:
    known = session.execute("select rolsuper from pg_roles where rolname = %s", (HOUSE,)).fetchone()
    if known == (True,):
        _say(session, "alter role {} rename to {}", HOUSE, name=FOUNDER)
        _say(session, "alter role {} nologin", FOUNDER)
    if known != (False,):
        _say(session, "create role {} login password {}", HOUSE, secret=password)
    rights = "nosuperuser nocreaterole nocreatedb noreplication nobypassrls"
    _say(session, f"alter role {{}} {rights}", HOUSE)


def _make_database(session: Session) -> None:
    query = "select 1 from pg_database where datname = %s"
    if session.execute(query, (DATABASE,)).fetchone() is None:
        _say(session, "create database {} owner {}", DATABASE, name=HOUSE)
    _say(session, "alter database {} owner to {}", DATABASE, name=HOUSE)
    for other in ("postgres", "template1"):
        _say(session, "revoke all on database {} from public", other)


def _hand_over(session: Session) -> None:
    """What an earlier release, or the keeper's own hand, has made in there."""
    if session.execute("select 1 from pg_roles where rolname = %s", (FOUNDER,)).fetchone():
        session.execute(_EXTENSIONS, (HOUSE, FOUNDER))
    query = sql.SQL(_NOT_THE_HOUSES).format(house=sql.SQL(HOUSE))
    for (statement,) in session.execute(query).fetchall():
        session.execute(str(statement).encode())


def _say(session: Session, words: str, subject: str, *, secret: str = "", name: str = "") -> None:
    """Say a statement about a role or database; what follows is a secret or another's name."""
    more = [sql.Literal(secret)] if secret else [sql.Identifier(name)] if name else []
    session.execute(sql.SQL(words).format(sql.Identifier(subject), *more))
