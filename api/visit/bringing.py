"""Bringing a file: the bytes of a request, looked at and kept; while nobody can tell whose report
names them, they wait beside the command log (docs/rules/states.md, Proof)."""

import asyncio
import hashlib

import structlog
from fastapi import Request

from api.http import asking
from api.http.auth import Principal
from api.http.services import Services
from api.intake.as_it_came import Part
from api.intake.files_waiting import STORING
from api.intake.put_off import name_of_put_off
from api.visit.proof import expected_file
from api.visit.traffic import brought
from models.db.engine import Session
from models.db.files.store import name_of, name_while_waiting
from models.db.visit.files import FileRepository
from models.db.visit.proof import FileReads, KnownFile
from models.errors import Invalid, NotFound
from models.identity import VisitId
from models.proof import FileType
from models.rules.visit.proof import (
    LONGEST_BEGIN,
    Named,
    is_whole_pdf,
    require_named_type,
    require_same,
)
from temporal.failpoints import Failpoint, reached

log = structlog.get_logger("api.files")

_END = 1024


class Bringing:
    """One file on its way into the store: what `or_put_off` does, and keeps where it cannot.

    Args:
        services: whom it goes through.
        request: whose body it is.
        principal: who brings it.
        visit_id: of which visit.
        sha256: the hash that its bytes are said to have.
        sent_as: what they are said to be.
    """

    def __init__(
        self,
        services: Services,
        request: Request,
        principal: Principal,
        visit_id: VisitId,
        sha256: str,
        sent_as: FileType,
    ) -> None:
        self._services = services
        self._request = request
        self._principal = principal
        self._visit_id = visit_id
        self._sha256 = sha256
        self._sent_as = sent_as
        self._content: bytes | None = None
        self._is_seen = asking.is_put_off()
        """Whoever kept it had seen that it is whole."""

    @property
    def part(self) -> Part:
        """All of the request but the bytes: the same file of the same visit is the same one."""
        return Part(path=self._request.url.path, body="", name="")

    async def bring(self) -> tuple[bool, KnownFile]:
        """Keep the bytes for the report that names them; whether they are new.

        Raises:
            DomainError: they are not what a report of the caller names.
        """
        visit_id, sha256, services = self._visit_id, self._sha256, self._services
        file = await services.reads.run(
            lambda s: expected_file(s, visit_id, sha256, self._principal)
        )
        if file.stored_at is not None and asking.is_put_off():
            # Whoever sent it again by themselves was quicker.
            return False, file
        named = Named(sha256=sha256, media_type=file.media_type, size=file.size)
        require_named_type(named, self._sent_as)
        content = await self._taken(named)
        if file.stored_at is None:
            await self._require_whole(content)
            reached(Failpoint.BEFORE_STORE, file.ticket_id)
            await self._store(name_of(visit_id, sha256), content)
            reached(Failpoint.AFTER_STORE, file.ticket_id)

        def write(session: Session) -> tuple[bool, KnownFile | None]:
            by, at = self._principal.actor, services.clock()
            is_new = FileRepository(session).stored(file.id, self._sent_as, len(content), by, at)
            return is_new, FileReads(session).file(visit_id, sha256)

        reached(Failpoint.BEFORE_BRING, file.ticket_id)
        is_new, stored = await services.reads.write(write)
        reached(Failpoint.AFTER_BRING, file.ticket_id)
        return is_new, stored or file

    async def check(self) -> None:
        """See that the bytes have their hash and are a whole file of their type; what a report
        says of them nobody knows yet.

        Raises:
            Invalid: they are not.
        """
        named = Named(sha256=self._sha256, media_type=None, size=None)
        await self._require_whole(await self._taken(named))

    async def keep(self, request: str) -> None:
        """Keep the bytes until the request is asked again, or nobody will.

        Raises:
            Unavailable: `files-unavailable`.
        """
        assert self._content is not None, "it was checked"
        await self._store(name_while_waiting(request), self._content)

    async def _taken(self, named: Named) -> bytes:
        """The bytes, once they are here, and seen to be what they are said to be."""
        if self._content is None:
            if asking.is_put_off():
                content = await self._waiting()
                digest = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
                begin = content[:LONGEST_BEGIN]
                require_same(named, self._sent_as, digest, len(content), begin)
            else:
                async with brought(self._request) as came:
                    # However slowly it came: from here on it is we who take time.
                    asking.begun_anew(self._services.patience.command)
                    content = came.content()
                    begin = content[:LONGEST_BEGIN]
                    require_same(named, self._sent_as, came.sha256, came.size, begin)
            self._content = content
        return self._content

    async def _waiting(self) -> bytes:
        """The bytes that were kept when the request first came.

        Raises:
            NotFound: `file-lost`.
        """
        request, who = self._request, self._principal
        name = name_of_put_off(who, request.method, request.url.path, self.part.name)
        content = await self._services.files.read(name_while_waiting(name), asking.rest(STORING))
        if content is None:
            log.error("file_lost", visit_id=self._visit_id, request=name)
            raise NotFound("file-lost", "The store of files has lost this one: bring it again.")
        return content

    async def _store(self, name: str, content: bytes) -> None:
        await self._services.files.keep(name, content, self._sent_as, asking.rest(STORING))

    async def _require_whole(self, content: bytes) -> None:
        if self._is_seen:
            return
        if self._sent_as is not FileType.PDF:
            await self._services.pictures.require_seen(content, self._sent_as)
        elif not is_whole_pdf(content[-_END:]):
            raise Invalid("file-unreadable", "The PDF has no end.")
        self._is_seen = True
