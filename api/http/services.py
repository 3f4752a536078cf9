"""What the routes work with, made once per process and handed down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio.client import Client

from api.catalogue.reference import Reference
from api.http.reads import Reads
from models.db.intake.command_log import CommandLog
from temporal.links import OfferLinks, SurveyLinks
from temporal.sealing import IntakeKeyring


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
    clock: Callable[[], datetime]
    public_url: str
    temporal_ui_url: str
    temporal_namespace: str
