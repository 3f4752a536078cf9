"""What the routes work with, made once per process and handed down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from temporalio.client import Client

from api.catalogue.reference import Reference
from api.http.asking import ORDINARY, Patience
from api.http.limits import NO_LIMITS, Limits
from api.http.reads import Reads
from api.http.silence import Silence
from api.intake.started import StartedTickets
from api.intake.waiting_room import WaitingRoom
from api.people.travelling import TravelTimes
from api.status.watching import Status
from api.visit.crews import Crews
from api.visit.pictures import Pictures
from api.visit.traffic import Traffic
from models.db.files.store import NO_FILES, FileStore
from models.db.intake.command_log import CommandLog
from models.status import PartState, Seen
from temporal.flags import Flags
from temporal.links import OfferLinks, SurveyLinks, VisitLinks
from temporal.sealing import IntakeKeyring
from temporal.start_codes import StartCodes


@dataclass(frozen=True, slots=True)
class Services:
    """The collaborators of the API."""

    temporal: Client
    reads: Reads
    commands: CommandLog
    reference: Reference
    keyring: IntakeKeyring
    surveys: SurveyLinks
    offers: OfferLinks
    visit_links: VisitLinks
    start_codes: StartCodes
    travel: TravelTimes
    flags: Flags
    clock: Callable[[], datetime]
    public_url: str
    temporal_ui_url: str
    temporal_namespace: str
    patience: Patience = ORDINARY
    limits: Limits = NO_LIMITS
    engine: Silence = field(default_factory=Silence)
    started: StartedTickets = field(default_factory=StartedTickets)
    status: Status = field(default_factory=Status)
    waiting_room: WaitingRoom = field(default_factory=WaitingRoom)
    crews: Crews = field(default_factory=Crews)
    files: FileStore = NO_FILES
    uploads: Traffic = field(default_factory=lambda: Traffic(32, of_one_caller=3))
    downloads: Traffic = field(default_factory=lambda: Traffic(32, of_one_caller=8))
    pictures: Pictures = field(default_factory=Pictures)

    def catalogue_seen(self) -> Seen:
        """How the catalogue does: a copy of what stands in the database is stale without that."""
        seen = self.reference.seen()
        is_cut_off = self.status.is_deaf and seen.state is PartState.OK
        return seen._replace(state=PartState.STALE) if is_cut_off else seen
