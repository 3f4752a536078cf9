"""What each stable code means and what to do about it: the articles behind a problem's `type`.

One article for every code that anything here refuses with; a test walks the source for them.
"""

from collections.abc import Mapping

from models.base import Value


class Article(Value):
    """The public explanation of one code."""

    title: str
    explanation: str
    remedy: str


def _article(title: str, explanation: str, remedy: str) -> Article:
    return Article(title=title, explanation=explanation, remedy=remedy)


ARTICLES: Mapping[str, Article] = {
    # HTTP
    "body-too-large": _article(
        "The body is too large",
        "A request's body holds at most 64 KiB; `evidence.limit` has the number of bytes.",
        "Shorten the text, or send what is large as an attachment of its own.",
    ),
    "idempotency-key-missing": _article(
        "The Idempotency-Key is missing",
        "A POST that creates something or moves money names itself with an Idempotency-Key header,"
        " so that a repetition after a lost answer is recognised and not done twice.",
        "Make one UUID per intent, keep it with the draft, and send it with every attempt.",
    ),
    "internal-error": _article(
        "Something broke on our side",
        "The request met a fault that nobody foresaw. It is recorded under the incident's number.",
        "Try again with the same Idempotency-Key; if it fails again, quote the incident to us.",
    ),
    "invalid-parameter": _article(
        "A parameter cannot be used",
        "A query parameter, header or cookie is missing, or its value is not of its kind or outside"
        " its limits; `errors` names each.",
        "Correct the parameters named, as the API's description has them.",
    ),
    "issuer-unavailable": _article(
        "No token can be verified yet",
        "The issuer of tokens has not been reached since this service was first started.",
        "Try again after the seconds in `Retry-After`; your token may be perfectly good.",
    ),
    "malformed-json": _article(
        "The body is not JSON",
        "The body stops being JSON somewhere, is nested too deeply, or is not UTF-8.",
        "Send one valid JSON document in UTF-8.",
    ),
    "method-not-allowed": _article(
        "The address does not know this method",
        "The address exists, but not for this HTTP method; `Allow` lists those it knows.",
        "Use one of the methods that `Allow` lists.",
    ),
    "not-found": _article(
        "There is nothing here",
        "Nothing is found at this address, or nothing that you may see: what belongs to others is"
        " not told apart from what does not exist.",
        "Check the id, and that the token belongs to whom the thing belongs to.",
    ),
    "problem-unknown": _article(
        "There is no such problem",
        "The code is not one of this API's.",
        "Look through the list at `/problems`.",
    ),
    "request-refused": _article(
        "The request cannot be served",
        "The request is outside what HTTP lets this address serve; the status says how.",
        "Compare the request with the API's description.",
    ),
    "role-not-allowed": _article(
        "Your role may not do this",
        "The operation is for other roles than your token's; `evidence.allowed` lists them.",
        "Use a token of one of these roles, or ask somebody who has it.",
    ),
    "unauthenticated": _article(
        "A valid token is needed",
        "The bearer token is missing, has expired, or is not one that this service accepts.",
        "Get a fresh token and send it as `Authorization: Bearer …`.",
    ),
    "unknown-parameter": _article(
        "A parameter is not known",
        "Filters are a closed list, so that a misspelt one never silently returns everything.",
        "Remove or correct the parameter; the API's description lists those that exist.",
    ),
    "unsupported-media-type": _article(
        "The body is not sent as JSON",
        "Bodies are read as JSON only, and the `Content-Type` must say so.",
        "Send `Content-Type: application/json`.",
    ),
    "validation-failed": _article(
        "Some fields are not acceptable",
        "Fields of the body are missing, unknown, or not of the right kind; `errors` points at"
        " each with a JSON pointer and a code.",
        "Correct the fields that `errors` points at.",
    ),
    # Times and slots
    "ambiguous-local-time": _article(
        "This local time happens twice",
        "The clocks are put back over this time in the zone given, so it names two instants.",
        "Give the time with its offset.",
    ),
    "nonexistent-local-time": _article(
        "This local time does not exist",
        "The clocks are put forward over this time in the zone given, so it names no instant.",
        "Choose a time before or after the gap.",
    ),
    "slot-in-the-past": _article(
        "A slot is in the past",
        "A time slot starts before the request arrived.",
        "Offer slots that start later than now.",
    ),
    "slot-too-far": _article(
        "A slot is too far ahead",
        "Slots are taken up to 60 days ahead.",
        "Offer slots that end within the next 60 days.",
    ),
    "slot-too-short": _article(
        "A slot is too short for the visit",
        "The visit must fit into one slot; slots that touch are joined first."
        " `evidence.minutes` is how long it takes.",
        "Offer a slot at least that long.",
    ),
    "too-many-slots": _article(
        "There are too many slots",
        "A ticket takes at most 20 time slots.",
        "Join slots that touch and send the 20 that suit best.",
    ),
    # Proposals and experts
    "expert-not-verified": _article(
        "The expert is not verified",
        "Only an expert whose vetting is finished, and who is not suspended, proposes himself.",
        "Finish the vetting, or ask the helpdesk what is missing.",
    ),
    "outside-area": _article(
        "The visit is outside the expert's area",
        "The address lies neither in the expert's zone nor within the radius from his base.",
        "Choose a visit inside the area, or have the radius changed in the profile.",
    ),
    "skill-missing": _article(
        "A skill is missing",
        "None of the expert's skills fills a position of the visit at the level asked for, or it"
        " has expired; `evidence.skills` lists what the visit needs.",
        "Choose a visit for skills you hold, or have the skill verified.",
    ),
    "too-many-proposals": _article(
        "There are too many proposals",
        "A group of visits takes a limited number of proposals.",
        "Choose another visit.",
    ),
    "too-many-windows": _article(
        "There are too many windows",
        "A proposal names at most 50 windows of time.",
        "Join windows that touch, or send several proposals.",
    ),
    "windows-missing": _article(
        "A proposal needs a window",
        "A proposal says when the expert could come; this one names no time.",
        "Name at least one window that can hold the visit.",
    ),
    "windows-too-short": _article(
        "No window holds the visit",
        "At least one window must hold the whole visit, which starts on a quarter of an hour and"
        " not before `evidence.earliest`.",
        "Name a window of at least `evidence.minutes` minutes after that time.",
    ),
    "calendar-busy": _article(
        "Calendars keep changing",
        "The experts' calendars changed at every attempt to settle the visit.",
        "Nothing is needed: it is tried again by itself.",
    ),
    # Tickets and visits
    "assignment-unknown": _article(
        "The expert is not assigned",
        "The visit is not, or no longer, assigned to this expert.",
        "Check the visit in the list of your own work.",
    ),
    "coverage-settled": _article(
        "The coverage is settled",
        "Who pays was decided before; `evidence.coverage` says how.",
        "Look at the ticket as it stands now.",
    ),
    "coverage-undecided": _article(
        "Nobody decided who pays",
        "A round of work is billed only once it is known who pays for it; that is never guessed.",
        "Have the helpdesk decide the coverage.",
    ),
    "helpdesk-only": _article(
        "Only the helpdesk can do this now",
        "An expert is already under way to the visit.",
        "Call the helpdesk.",
    ),
    "illegal-transition": _article(
        "The state does not allow this",
        "The thing is in a state where the command makes no sense; `evidence.state` names the state"
        " and `evidence.allowed` the commands it takes.",
        "Read its present state and choose one of the commands allowed.",
    ),
    "occurred-in-the-future": _article(
        "The report is from the future",
        "A report tells what has happened; its time is more than five minutes ahead of ours.",
        "Check the device's clock.",
    ),
    "visit-unknown": _article(
        "The ticket has no such visit",
        "No visit of this ticket has the id.",
        "Read the ticket's visits and use one of their ids.",
    ),
}
