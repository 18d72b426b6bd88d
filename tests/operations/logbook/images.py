"""Photos as phones take them, and files that only look like some."""

import struct
import zlib
from io import BytesIO

from PIL import Image


def photo(size: tuple[int, int] = (640, 480), kind: str = "JPEG", **saved: object) -> bytes:
    """Return a picture that is red above and blue below."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0], size[1] // 2))
    out = BytesIO()
    image.save(out, kind, **saved)
    return out.getvalue()


def with_gps() -> bytes:
    """Return a photo that says where it was taken, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SpyPhone"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 3.0), 3: "E", 4: (121.0, 28.0, 9.0)})
    return photo(exif=exif.tobytes(), comment=b"who took it")


def with_scans(count: int) -> bytes:
    """Return a progressive JPEG whose last scan comes again until there are so many."""
    content = photo(progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * (count - content.count(b"\xff\xda")) + content[-2:]


def with_second(content: bytes) -> bytes:
    """Return a JPEG that says that a second picture follows, as phones write them for bright screens."""
    out, small = BytesIO(), Image.new("RGB", (16, 16))
    small.save(out, "MPO", save_all=True, append_images=[small])
    said = out.getvalue()
    start = said.index(b"\xff\xe2")
    length = int.from_bytes(said[start + 2 : start + 4])
    return content[:2] + said[start : start + 2 + length] + content[2:] + photo((16, 16))


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a PNG of a few bytes that says it has this many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
