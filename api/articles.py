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
    "answer-late": _article(
        "Nobody answered in time",
        "The request was passed on and its answer did not come back in time; it may still take"
        " effect.",
        "Ask again with the same Idempotency-Key: there is one effect, and you get its answer.",
    ),
    "cursor-invalid": _article(
        "The cursor is not one of ours",
        "A cursor is the `next_cursor` of a page of the same list, and is opaque.",
        "Use `next_cursor` as it came, or start again without a cursor.",
    ),
    "database-unavailable": _article(
        "The records cannot be read",
        "The database does not answer at the moment. Filing a ticket does not depend on it.",
        "Try again after the seconds in `Retry-After`.",
    ),
    "engine-unavailable": _article(
        "The workflow engine cannot be reached",
        "What drives the tickets does not answer at the moment. Nothing that was accepted is lost.",
        "Try again with the same Idempotency-Key after the seconds in `Retry-After`.",
    ),
    "idempotency-key-reused": _article(
        "The Idempotency-Key was used before",
        "A key names one request; under this one another body was sent before.",
        "Repeat a request with its own body, and make a new key for a new request.",
    ),
    "request-in-progress": _article(
        "The first request is still running",
        "A request with the same Idempotency-Key has not been answered yet.",
        "Wait a moment and send the same request again: you get the first one's answer.",
    ),
    "too-busy": _article(
        "There are too many requests at once",
        "The workflow engine takes no more requests at the moment.",
        "Try again with the same Idempotency-Key after the seconds in `Retry-After`.",
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
    "offset-missing": _article(
        "A time has no offset",
        "A time without offset names no instant unless the place's time zone is known.",
        "Give the offset, as in `2027-03-01T09:00:00+01:00`, or the IANA time zone in `tz`.",
    ),
    "slot-backwards": _article(
        "A slot ends before it starts",
        "The end of a slot lies after its start.",
        "Exchange or correct the two times.",
    ),
    "slots-missing": _article(
        "A ticket needs a time",
        "A ticket is filed with at least one time that suits, or with the word that times come"
        " later.",
        "Give a slot, or set `slots_later`.",
    ),
    "zone-unknown": _article(
        "There is no such zone",
        "Neither the IANA time zones nor the zones we serve have this name; `errors` or"
        " `evidence` says which was looked for.",
        "Use a name such as `Europe/Berlin` for `tz`, and a code of `/v1/zones` for a zone.",
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
    "expert-missing": _article(
        "The report names no expert",
        "Somebody who reports for an expert must say for whom.",
        "Give the `expert_id`.",
    ),
    "not-yourself": _article(
        "An expert reports for himself only",
        "The report names another expert than the token's.",
        "Leave `expert_id` out.",
    ),
    "report-missing": _article(
        "A completed visit needs a report",
        "What was done is part of completing a visit.",
        "Send the `report` along.",
    ),
    "report-too-early": _article(
        "Only a completed visit carries a report",
        "The event came with a report although the work is not completed by it.",
        "Leave `report` out until the visit is completed.",
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
    "caller-missing": _article(
        "The ticket has no customer",
        "Staff files a ticket for somebody, and must say for whom.",
        "Give the customer's id in `on_behalf_of`.",
    ),
    "category-unknown": _article(
        "There is no such category",
        "The appliance's category is not in the catalogue.",
        "Choose one of the catalogue's categories, or leave it out.",
    ),
    "channel-not-phone": _article(
        "The channel does not fit",
        "What the helpdesk files for a customer has come by phone.",
        "Set `channel` to `phone`.",
    ),
    "fee-not-accepted": _article(
        "The urgent fee is not accepted",
        "An urgent ticket costs a fee, which has to be accepted when it is filed.",
        "Set `accept_fee`, or file the ticket as normal.",
    ),
    "model-twice": _article(
        "The appliance is named twice",
        "An appliance is named by its model's id, or in words where the id is not known.",
        "Keep `model_id` or `model_text`, not both.",
    ),
    "model-unknown": _article(
        "There is no such model",
        "The model's id is not in the catalogue.",
        "Look the id up, or describe the appliance in `model_text`.",
    ),
    "on-behalf-of-staff-only": _article(
        "Only staff files for others",
        "A customer files tickets of his own.",
        "Leave `on_behalf_of` out, or call the helpdesk.",
    ),
    "survey-answered": _article(
        "The survey is answered already",
        "A survey is answered once.",
        "Nothing is needed.",
    ),
    "survey-expired": _article(
        "The survey is over",
        "A survey can be answered for a limited time after the work.",
        "Nothing is needed; write to the helpdesk if something is wrong.",
    ),
    "survey-unknown": _article(
        "There is no such survey",
        "The link's token is not one of ours, or not complete.",
        "Open the link as it was sent.",
    ),
    "ticket-closed": _article(
        "The ticket is closed",
        "The ticket's life is over; nothing changes it now.",
        "File a new ticket.",
    ),
    "ticket-paused": _article(
        "The ticket is paused",
        "An operator has paused the ticket while something is being looked into.",
        "Try again later with the same Idempotency-Key.",
    ),
    "ticket-unknown": _article(
        "There is no such ticket",
        "No ticket has this id, or it is not yours to see.",
        "Check the id and whose token you use.",
    ),
}
