"""Pictures: what cannot be drawn is none, and a customer's copy says nothing but what it shows."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from api.visit.pictures import LONGEST_SIDE, MOST_PIXELS, Pictures
from models.errors import Invalid
from models.proof import FileType

FORMATS = {FileType.JPEG: "JPEG", FileType.PNG: "PNG", FileType.WEBP: "WEBP"}
CANARY = "Feldweg 3, Berlin"
RED, BLUE = (220, 20, 20), (20, 20, 220)


def picture(kind: FileType, size: tuple[int, int] = (60, 40), **saved: Any) -> bytes:
    """A picture whose left half is red and whose right one is blue."""
    drawn = Image.new("RGB", size, BLUE)
    drawn.paste(RED, (0, 0, size[0] // 2, size[1]))
    written = BytesIO()
    drawn.save(written, FORMATS[kind], **saved)
    return written.getvalue()


def taken_somewhere(kind: FileType, orientation: int = 1) -> bytes:
    """A picture that says where, by what and how it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x010F] = orientation, CANARY, "ACME"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 2.0), 3: "E", 4: (13.0, 25.0, 19.0)})
    return picture(kind, exif=exif.tobytes(), xmp=CANARY.encode())


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be so large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    return Pictures()


async def refusal(pictures: Pictures, content: bytes, kind: FileType) -> str:
    with pytest.raises(Invalid) as refused:
        await pictures.require_seen(content, kind)
    return refused.value.code


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_picture_is_seen_to_its_last_line(pictures: Pictures, kind: FileType) -> None:
    whole = picture(kind, (200, 200))
    await pictures.require_seen(whole, kind)
    assert await refusal(pictures, whole[: len(whole) // 2], kind) == "file-unreadable"
    assert await refusal(pictures, whole[:20], kind) == "file-unreadable"


async def test_a_picture_of_another_kind_is_not_drawn(pictures: Pictures) -> None:
    png = picture(FileType.PNG)
    assert await refusal(pictures, png, FileType.JPEG) == "file-unreadable"
    assert await refusal(pictures, b"\xff\xd8\xff" + png, FileType.JPEG) == "file-unreadable"


@pytest.mark.parametrize("size", [(8192, 6145), (60_000, 60_000), (MOST_PIXELS + 1, 1)])
async def test_what_claims_to_be_larger_than_anything_is_not_drawn(
    pictures: Pictures, size: tuple[int, int]
) -> None:
    code = await refusal(pictures, png_of(*size), FileType.PNG)
    assert code in ("picture-too-large", "file-unreadable")
    if size[0] < 60_000:
        assert code == "picture-too-large"


@pytest.mark.parametrize("kind", FORMATS)
async def test_a_copy_says_nothing_of_where_it_was_taken(
    pictures: Pictures, kind: FileType
) -> None:
    original = taken_somewhere(kind)
    assert CANARY.encode() in original
    assert Image.open(BytesIO(original)).getexif().get_ifd(0x8825)
    copy = await pictures.copy_of(original, kind)
    assert CANARY.encode() not in copy
    assert b"ACME" not in copy
    shown = Image.open(BytesIO(copy))
    assert (shown.format, shown.size) == ("JPEG", (60, 40))
    assert not shown.getexif()
    assert not {"exif", "xmp", "icc_profile", "comment"} & shown.info.keys()


async def test_a_copy_stands_upright_though_nothing_says_so_any_more(pictures: Pictures) -> None:
    turned = taken_somewhere(FileType.JPEG, orientation=3)
    shown = Image.open(BytesIO(await pictures.copy_of(turned, FileType.JPEG))).convert("RGB")
    left, right = shown.getpixel((5, 20)), shown.getpixel((55, 20))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[2] > 150 > left[0]
    assert right[0] > 150 > right[2]


async def test_a_copy_is_no_larger_than_a_screen(pictures: Pictures) -> None:
    large = picture(FileType.JPEG, (3000, 1500))
    shown = Image.open(BytesIO(await pictures.copy_of(large, FileType.JPEG)))
    assert shown.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1"])
async def test_what_shows_through_is_white(pictures: Pictures, mode: str) -> None:
    drawn, written = Image.new("RGBA", (20, 20), (0, 0, 0, 0)).convert(mode), BytesIO()
    drawn.save(written, "PNG", **({"transparency": 0} if mode == "P" else {}))
    copy = await pictures.copy_of(written.getvalue(), FileType.PNG)
    pixel = Image.open(BytesIO(copy)).convert("L").getpixel((10, 10))
    assert pixel == (255 if mode in ("RGBA", "LA", "P") else 0)
