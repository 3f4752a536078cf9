"""Whether a person has to look before experts are told of a ticket, and what it lacks."""

from models.ticket import Coverage, Filing, Missing


def needs_review(filing: Filing, coverage: Coverage) -> bool:
    """Whether experts are kept from a ticket: no plan covers it, nobody knows where it is, or it
    was entered in brief and the rest is still waited for (docs/rules/states.md, Ticket)."""
    return coverage is Coverage.NOT_COVERED or filing.zone is None or bool(filing.awaited)


def missing_of(*, model: bool, slots: bool, address: bool) -> list[Missing]:
    """What a ticket lacks, of what is known of it."""
    known = {Missing.MODEL: model, Missing.SLOTS: slots, Missing.ADDRESS: address}
    return [missing for missing, is_known in known.items() if not is_known]
