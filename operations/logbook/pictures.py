"""A photo as it comes from a phone, made anew: what is kept is a picture and nothing else.

Where and when it was taken, by what device (EXIF, GPS), and whatever else a file may carry behind or
beside its pixels stays outside: only pixels are taken over. What is no photo, or too large, is refused.

`python -P -m operations.logbook.pictures` makes one, within bounds of its own:

    stdin   the photo as it was sent
    stdout  {"width": …, "height": …} or {"refused": code, "why": …} on a line, then the picture
"""

import json
import sys
from hashlib import sha256
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from operations.child import stand_back
from operations.logbook.jpeg import Scans, scans_of
from operations.logbook.records import LARGEST_PHOTO_BYTES, Picture
from telemetry.errors import Invalid

LONGEST_SIDE: Final = 2000
SMALL_SIDE: Final = 480
MOST_PIXELS: Final = 40_000_000
# PNG, WebP and a JPEG of several scans are held whole while they are decoded, at up to 8 bytes a pixel;
# of a plain JPEG a camera's 40 megapixels are read at half the size, line by line.
MOST_HELD_PIXELS: Final = 16_000_000
MEMORY_BYTES: Final = 384 * 1024 * 1024
CPU_S: Final = 10
# What Pillow calls a JPEG; with a second picture behind it, as phones write for bright screens, MPO.
_JPEG: Final = ("JPEG", "MPO")
# A camera's progressive JPEG has some ten.
_MOST_SCANS: Final = 20
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_SCALED: Final = ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr")
_QUALITY: Final = 82


def made_anew(content: bytes) -> Picture:
    """Return a photo as it is kept, longest side 2000 px; Invalid says why it is none."""
    if not content:
        raise Invalid("not_a_photo", "the photo is empty: take it again")
    if len(content) > LARGEST_PHOTO_BYTES:
        raise Invalid("photo_too_large", f"a photo has at most {LARGEST_PHOTO_BYTES // 1024 // 1024} MB")
    image = _decoded(content, LONGEST_SIDE)
    return _encoded(image)


def small(content: bytes) -> bytes:
    """Return a kept photo as a list shows it, longest side 480 px."""
    return _encoded(_decoded(content, SMALL_SIDE)).content


def _decoded(content: bytes, longest: int) -> Image.Image:
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as opened:
            _check(opened, content)
            opened.draft("RGB", (longest, longest))
            scaled = opened if opened.mode in _SCALED else opened.convert(_plain(opened))
            # Small first: turning it and laying it on white each hold it once more.
            scaled.thumbnail((longest, longest))
            return _flat(ImageOps.exif_transpose(scaled))
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Invalid("photo_too_large", "the photo unfolds to more than a camera takes") from None
    except Exception as error:
        # A decoder fed with anything raises anything.
        raise Invalid("not_a_photo", "this is no photo, or one that did not arrive whole") from error


def _check(opened: Image.Image, content: bytes) -> None:
    """Refuse what would take too much to decode, by what its header says."""
    pixels = opened.width * opened.height
    if pixels > MOST_PIXELS:
        raise Invalid("photo_too_large", f"a photo has at most {MOST_PIXELS // 1_000_000} megapixels")
    scans = scans_of(content) if opened.format in _JPEG else Scans(1, by_line=False)
    # A JPEG of endless scans is decoded for minutes, however small it is.
    if scans.count > _MOST_SCANS:
        raise Invalid("not_a_photo", "this is no photo of a camera")
    if pixels > MOST_HELD_PIXELS and not scans.by_line:
        raise Invalid(
            "photo_too_large",
            f"a PNG, a WebP or a progressive JPEG has at most {MOST_HELD_PIXELS // 1_000_000} megapixels",
        )


def _plain(image: Image.Image) -> str:
    return "RGBA" if _is_transparent(image) else "RGB"


def _is_transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _flat(image: Image.Image) -> Image.Image:
    """Return the pixels without transparency, on white."""
    if _is_transparent(image):
        ground = Image.new("RGB", image.size, "white")
        layer = image.convert("RGBA")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")


def _encoded(image: Image.Image) -> Picture:
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    out = BytesIO()
    bare.save(out, "JPEG", quality=_QUALITY, optimize=True)
    content = out.getvalue()
    return Picture(content, sha256(content).hexdigest(), *bare.size)


def main() -> None:
    """Make the photo on standard input anew."""
    stand_back(MEMORY_BYTES, CPU_S)
    told: dict[str, str | int]
    try:
        picture = made_anew(sys.stdin.buffer.read())
    except Invalid as refused:
        told, content = {"refused": refused.code, "why": str(refused)}, b""
    else:
        told, content = {"width": picture.width, "height": picture.height}, picture.content
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + content)


if __name__ == "__main__":
    main()
