"""Ids in answers: described by their pattern, and told as they were recorded."""

from pydantic import SkipValidation

from models.identity import (
    ArticleId,
    AssignmentId,
    CandidateId,
    Code,
    CustomerId,
    DeliveryId,
    EscalationId,
    EventId,
    ExpertId,
    FileId,
    GroupId,
    InvoiceId,
    NotificationId,
    OfferId,
    ProposalId,
    RefusedReportId,
    ReportId,
    StopId,
    TicketId,
    TimeId,
    VisitId,
)

ArticleRef = SkipValidation[ArticleId]
AssignmentRef = SkipValidation[AssignmentId]
CandidateRef = SkipValidation[CandidateId]
CodeRef = SkipValidation[Code]
CustomerRef = SkipValidation[CustomerId]
DeliveryRef = SkipValidation[DeliveryId]
EscalationRef = SkipValidation[EscalationId]
EventRef = SkipValidation[EventId]
ExpertRef = SkipValidation[ExpertId]
FileRef = SkipValidation[FileId]
GroupRef = SkipValidation[GroupId]
InvoiceRef = SkipValidation[InvoiceId]
NotificationRef = SkipValidation[NotificationId]
OfferRef = SkipValidation[OfferId]
ProposalRef = SkipValidation[ProposalId]
RefusedReportRef = SkipValidation[RefusedReportId]
StopRef = SkipValidation[StopId]
ReportRef = SkipValidation[ReportId]
TicketRef = SkipValidation[TicketId]
TimeRef = SkipValidation[TimeId]
VisitRef = SkipValidation[VisitId]
