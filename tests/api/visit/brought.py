"""Reports that name files, and bringing them."""

import hashlib
import uuid
from typing import Any

import httpx2

from models.proof import FileType
from tests.api.visit.test_pictures import picture
from tests.api.visit.test_reports import booked, taken
from tests.house import House
from tests.workflows.company import rows

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
SIGNATURE = picture(FileType.PNG)
PAPER = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def photo(content: bytes, mime: str = JPEG, **more: Any) -> dict[str, Any]:
    """A photo as a report names it."""
    return {"mime": mime, "bytes": len(content), "sha256": sha(content), **more}


def unlike_any() -> bytes:
    """A photo that nobody has taken before."""
    return picture(FileType.JPEG, comment=uuid.uuid4().hex)


async def completed(house: House, *photos: dict[str, Any], **report: Any) -> tuple[str, str]:
    """A visit whose work is done, with what its report names; and who made it."""
    visit, expert = await booked(house)
    await taken(
        house, visit, expert, "completed", report={"notes": "Done.", "photos": photos, **report}
    )
    return visit, expert


async def bring(
    house: House,
    visit: str,
    who: str,
    content: Any,
    mime: str = JPEG,
    *,
    named: str | None = None,
    http: httpx2.AsyncClient | None = None,
) -> httpx2.Response:
    """Bring a file, under its own hash or another."""
    role, _, subject = who.partition(":")
    return await (http or house.http).put(
        f"/v1/visits/{visit}/files/{named or sha(content)}",
        content=content,
        headers={**house.headers(role, subject or None), "Content-Type": mime},
    )


async def fetch(house: House, visit: str, who: str, content: bytes) -> httpx2.Response:
    return await house.ask(who, "GET", f"/visits/{visit}/files/{sha(content)}")


async def states(house: House, visit: str, who: str) -> dict[str, str]:
    """The files that somebody sees of a visit, by hash."""
    page = await house.expect(who, "GET", f"/visits/{visit}/files")
    return {file["sha256"]: file["state"] for file in page["items"]}


async def timeline(house: House, visit: str) -> list[Any]:
    [row] = rows(house, "select ticket_id from visits where id = %s", visit)
    return await house.timeline(row["ticket_id"])
