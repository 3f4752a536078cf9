"""What of a message is still so when its turn comes, and what of that is new to its reader
(docs/rules/messages.md, What is not told)."""

from collections.abc import Mapping

from models.message.news import News
from models.message.notification import Suppression
from models.rules.message import for_customers, for_experts
from models.rules.message.judging import Judge, Judgement, by

RESTORED = "service.restored"


def judged(news: News) -> Judgement:
    """What is told, or why nothing is."""
    judge = JUDGES.get(news.template)
    return judge(news) if judge else by(news, news.template)


def of_the_house(template: str, *, is_whole: bool) -> Suppression | None:
    """Why news of the house is not told, if it is not: that all is back is so only while nothing is
    stale or away again."""
    return Suppression.OVERTAKEN if template == RESTORED and not is_whole else None


def _asked(news: News) -> Judgement:
    """Of what was decided meanwhile nobody is asked."""
    return Suppression.OVERTAKEN if news.is_answered else by(news, news.template)


JUDGES: Mapping[str, Judge] = {
    **for_customers.JUDGES,
    **for_experts.JUDGES,
    "escalation.opened": _asked,
    "escalation.stepped": _asked,
}
"""By template; what is not here is told as it is, whatever happened since."""
