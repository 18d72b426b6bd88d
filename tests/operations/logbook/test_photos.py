"""What becomes of photos, and what is refused as none."""

import asyncio
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from operations.logbook.jpeg import Scans, scans_of
from operations.logbook.photos import PhotoFiles
from operations.logbook.pictures import made_anew, small
from operations.logbook.records import LARGEST_PHOTO_BYTES, Picture
from telemetry.errors import Invalid, NotFound, StoreError, TooMany
from tests.operations.logbook.images import bomb, photo, with_gps, with_scans, with_second


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def take(files: PhotoFiles, content: bytes) -> Picture:
    picture = await files.made(content)
    await files.keep(picture)
    return picture


def code(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        made_anew(content)
    return refused.value.code


def test_a_photo_stands_upright_and_says_no_more_where_it_was_taken() -> None:
    picture = made_anew(with_gps())

    image = opened(picture.content)
    assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (480, 640), {})
    assert (picture.width, picture.height) == (480, 640)
    assert b"SpyPhone" not in picture.content
    assert b"who took it" not in picture.content
    # Turned by 90 degrees: what was above is on the right.
    red = image.convert("RGB").getpixel((450, 320))
    assert isinstance(red, tuple)
    assert red[0] > 200 > 60 > red[2]


@pytest.mark.parametrize(
    ("kind", "size"), [("JPEG", (3000, 1500)), ("PNG", (2500, 10)), ("WEBP", (20, 2600))]
)
def test_a_large_photo_is_made_smaller(kind: str, size: tuple[int, int]) -> None:
    picture = made_anew(photo(size, kind))

    assert max(picture.width, picture.height) == 2000
    assert opened(picture.content).format == "JPEG"


@pytest.mark.parametrize(
    ("kind", "saved"), [("PNG", {}), ("WEBP", {"quality": 1}), ("JPEG", {"progressive": True})]
)
def test_what_is_held_whole_while_it_is_decoded_has_fewer_pixels(kind: str, saved: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="progressive JPEG has at most 16 megapixels") as refused:
        made_anew(photo((4100, 4000), kind, **saved))
    assert refused.value.code == "photo_too_large"


def test_a_plain_jpeg_of_a_camera_may_be_larger_whatever_else_it_carries() -> None:
    exif = b"Exif\0\0" + photo((160, 120), progressive=True)

    # A film behind it, as some phones have it, has bytes that look like scans.
    picture = made_anew(photo((4100, 4000), exif=exif) + b"\xff\xda" * 300)

    assert (picture.width, picture.height) == (2000, 1951)


def test_a_second_picture_makes_a_jpeg_no_other_thing() -> None:
    picture = made_anew(with_second(photo((4100, 4000))))

    assert (picture.width, picture.height) == (2000, 1951)
    assert code(with_second(with_scans(300))) == "not_a_photo"
    assert opened(with_second(photo())).format == "MPO"


@pytest.mark.parametrize(
    ("content", "scans"),
    [
        (photo(), Scans(1, by_line=True)),
        (photo(restart_marker_blocks=1), Scans(1, by_line=True)),
        (photo(progressive=True), Scans(10, by_line=False)),
        (with_scans(160), Scans(160, by_line=False)),
        (photo()[:-2] + photo()[2:], Scans(2, by_line=False)),
        (photo(kind="PNG")[:2], Scans(0, by_line=False)),
    ],
    ids=["plain", "restarts", "progressive", "endless", "two frames", "none"],
)
def test_the_scans_of_a_jpeg_are_counted_as_its_decoder_meets_them(content: bytes, scans: Scans) -> None:
    assert scans_of(content) == scans


def test_grey_of_sixteen_bits_is_a_photo() -> None:
    out = BytesIO()
    Image.new("I;16", (2500, 10), 300).save(out, "PNG")

    picture = made_anew(out.getvalue())

    assert (picture.width, picture.height) == (2000, 8)


def test_a_palette_with_a_transparent_colour_is_white_there() -> None:
    out, image = BytesIO(), Image.new("P", (2500, 2500), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.save(out, "PNG", transparency=1)

    assert opened(made_anew(out.getvalue()).content).getpixel((5, 5)) == (255, 255, 255)


def test_what_is_transparent_is_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")

    assert opened(made_anew(out.getvalue()).content).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 5000,
        photo()[:200],
        photo()[:-1200],
        photo(kind="PNG")[:90],
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%PDF-1.7 ...",
        photo(kind="GIF"),
        photo(kind="TIFF"),
        photo(kind="BMP"),
        with_scans(300),
    ],
    ids=["empty", "zeros", "cut", "end cut", "png cut", "svg", "pdf", "gif", "tiff", "bmp", "scans"],
)
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    assert code(content) == "not_a_photo"


@pytest.mark.parametrize(
    "content", [bomb(), bomb(9000, 9000), bomb(7000, 6000), bytes(LARGEST_PHOTO_BYTES + 1)]
)
def test_what_unfolds_to_more_than_a_camera_takes_is_refused(content: bytes) -> None:
    assert code(content) == "photo_too_large"


def test_nothing_of_a_file_that_is_two_things_at_once_is_kept_but_its_pixels() -> None:
    html = b"<html><script>alert(document.cookie)</script></html>"

    picture = made_anew(photo() + html)

    assert b"script" not in picture.content


async def test_a_photo_is_kept_by_its_content_once_for_its_owner_alone(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path)

    first, second = await take(files, photo()), await take(files, photo())

    assert first == second
    [file] = files_in(tmp_path)
    assert file == tmp_path / "photos" / first.sha256[:2] / f"{first.sha256[2:]}.jpg"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await files.read(first.sha256) == first.content == file.read_bytes()
    assert max(opened(await files.read(first.sha256, as_small=True)).size) == 480
    assert len(small(first.content)) < len(first.content)


@pytest.mark.parametrize("name", ["0" * 64, "../../node.sqlite", "0" * 63 + "/", "A" * 64])
async def test_a_photo_that_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound, match="no such photo"):
        await PhotoFiles(tmp_path).read(name)


async def test_a_photo_that_was_changed_is_not_shown(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path)
    kept = await take(files, photo())
    files_in(tmp_path)[0].write_bytes(photo((10, 10)))

    with pytest.raises(StoreError, match="put it back from a backup's photos/"):
        await files.read(kept.sha256)


async def test_a_disk_that_takes_nothing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="not kept: No space left"):
        await take(PhotoFiles(tmp_path), photo())
    assert files_in(tmp_path) == []


async def test_a_crowd_of_photos_is_told_to_come_again(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path)

    answers = await asyncio.gather(*(files.made(photo()) for _ in range(6)), return_exceptions=True)

    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [TooMany, TooMany]


async def test_no_photo_is_decoded_in_the_nodes_own_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoded_here(*_: object, **__: object) -> None:
        raise AssertionError("decoded here")

    expected = made_anew(photo((3000, 1500)))
    files = PhotoFiles(tmp_path)
    monkeypatch.setattr(Image, "open", decoded_here)

    assert await files.made(photo((3000, 1500))) == expected
    with pytest.raises(Invalid, match="at most 40 megapixels") as refused:
        await files.made(bomb(9000, 9000))
    assert refused.value.code == "photo_too_large"


@pytest.mark.parametrize(
    ("does", "code"),
    [("os.kill(os.getpid(), 9)", "photo_too_large"), ("raise ValueError", None)],
    ids=["taken by the system", "failed"],
)
async def test_a_photo_whose_process_ends_is_not_kept_and_the_next_one_is(
    does: str, code: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ending.py").write_text(f"import os\n{does}\n")
    files = PhotoFiles(tmp_path)
    with monkeypatch.context() as patched:
        patched.setenv("PYTHONPATH", str(tmp_path))
        patched.setattr("operations.logbook.photos._MAKER", "ending")

        with pytest.raises(Invalid if code else StoreError) as failed:
            await files.made(photo())

    assert getattr(failed.value, "code", None) == code
    assert (await files.made(photo())).width == 640


async def test_a_page_of_photos_keeps_nobody_else_waiting_for_a_thread(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path)
    kept = [await take(files, photo((900 + number, 700))) for number in range(3)]
    taken = threading.Semaphore(0)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    held = asyncio.get_running_loop().run_in_executor(None, taken.acquire)

    # The threads that pushes are planned and sent on have none free; photos come all the same.
    small_ones = await asyncio.gather(*(files.read(one.sha256, as_small=True) for one in kept))

    assert small_ones == [small(one.content) for one in kept]
    assert not held.done()
    taken.release()
    await held
    files.close()


async def test_a_small_photo_is_made_once(tmp_path: Path) -> None:
    files = PhotoFiles(tmp_path)
    kept = await take(files, photo())
    first = await files.read(kept.sha256, as_small=True)
    files_in(tmp_path)[0].unlink()

    assert await files.read(kept.sha256, as_small=True) is first
    with pytest.raises(NotFound):
        await files.read(kept.sha256)
    files.close()
