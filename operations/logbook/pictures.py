"""A photo as it comes from a phone, made anew: what is kept is a picture and nothing else.

Where and when it was taken, by what device (EXIF, GPS), and whatever else a file may carry behind or
beside its pixels stays outside: only pixels are taken over. What is no photo, or too large, is refused.
"""

from hashlib import sha256
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from operations.logbook.records import LARGEST_PHOTO_BYTES, Picture
from telemetry.errors import Invalid

LONGEST_SIDE: Final = 2000
SMALL_SIDE: Final = 480
# Held whole while it is decoded: some 120 MB.
MOST_PIXELS: Final = 40_000_000
_MOST_SCANS: Final = 200
_SCAN: Final = b"\xff\xda"
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_QUALITY: Final = 82


def made_anew(content: bytes) -> Picture:
    """Return a photo as it is kept, longest side 2000 px; Invalid says why it is none."""
    if not content:
        raise Invalid("not_a_photo", "the photo is empty: take it again")
    if len(content) > LARGEST_PHOTO_BYTES:
        raise Invalid("photo_too_large", f"a photo has at most {LARGEST_PHOTO_BYTES // 1024 // 1024} MB")
    # A JPEG of endless scans is decoded for minutes, however small it is.
    if content.count(_SCAN) > _MOST_SCANS:
        raise Invalid("not_a_photo", "this is no photo of a camera")
    image = _decoded(content, LONGEST_SIDE)
    return _encoded(image)


def small(content: bytes) -> bytes:
    """Return a kept photo as a list shows it, longest side 480 px."""
    return _encoded(_decoded(content, SMALL_SIDE)).content


def _decoded(content: bytes, longest: int) -> Image.Image:
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise Invalid("photo_too_large", f"a photo has at most {MOST_PIXELS // 1_000_000} megapixels")
            opened.draft("RGB", (longest, longest))
            upright = ImageOps.exif_transpose(opened)
            flat = _flat(upright)
            flat.thumbnail((longest, longest))
            return flat
    except Invalid:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid("photo_too_large", "the photo unfolds to more than a camera takes") from None
    except Exception as error:
        # A decoder fed with anything raises anything.
        raise Invalid("not_a_photo", "this is no photo, or one that did not arrive whole") from error


def _flat(image: Image.Image) -> Image.Image:
    """Return the pixels without transparency, on white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
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
