"""An expert's work as they see it."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten

from api.visit.schemas import MapLink, WorkArticleView, WorkItemView
from models.db.engine import Session
from models.db.knowledge.reads import Article, ArticleReads
from models.db.market.work import WorkItem
from models.geography import Spot
from models.people.customer import address_line
from models.rules.message.ref import ref_of
from models.rules.people.expecting import next_report
from models.rules.people.wayfinding import geo_of, maps_of

_MOST_ARTICLES, _LONGEST_TITLE = 10, 80
"""Of one model; signs."""
Articles = Mapping[str, Sequence[Article]]
"""By model."""


def articles_for(session: Session, items: Iterable[WorkItem], expert_id: str) -> Articles:
    """What an expert may read about the models of their assignments."""
    models = {item.model_id for item in items if item.model_id}
    return ArticleReads(session).for_models(models, expert_id, _MOST_ARTICLES)


def work_view(item: WorkItem, articles: Articles) -> WorkItemView:
    """One of an expert's assignments, with what there is to read about it."""
    site = item.site
    about = articles.get(item.model_id or "", ())
    return WorkItemView(
        assignment_id=item.assignment_id,
        visit_id=item.visit_id,
        ticket_id=item.ticket_id,
        ticket=f"T-{item.ticket_number}",
        position=item.position,
        state=item.state,
        start=item.window.start,
        end=item.window.end,
        skill=item.skill,
        zone=item.zone,
        category=item.category,
        description=site.description if site else None,
        customer_name=item.customer_name,
        customer_phone=item.customer_phone,
        address=address_of(item),
        geo=geo_of(place_of(item)),
        maps=map_links(place_of(item)),
        notes=list(item.notes),
        withheld=item.withheld,
        wait_until=item.wait_until,
        ref=ref_of(item.assignment_id),
        next_report=next_report(item.state),
        start_code_needed=item.start_code_needed,
        articles=[_article(one) for one in about],
    )


def _article(article: Article) -> WorkArticleView:
    first = article.body.strip().partition("\n")[0].strip()
    title = shorten(first, _LONGEST_TITLE, placeholder="…")
    return WorkArticleView(id=article.id, state=article.state, title=title, body=article.body)


def address_of(item: WorkItem) -> str | None:
    """Where an assignment is, on one line, as far as its expert may read it."""
    site = item.site
    return address_line(site.street, site.postcode, site.city) if site else None


def place_of(item: WorkItem) -> Spot | None:
    """Where an assignment is on the map, as far as its expert may read it."""
    return item.site.place if item.site else None


def map_links(place: Spot | None) -> list[MapLink]:
    """The way to a place, in whichever application its reader has."""
    return [MapLink(app=app, url=url) for app, url in maps_of(place).items()]
