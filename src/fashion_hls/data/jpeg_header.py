"""The size of a plain JPEG from its first bytes, without Pillow and without the whole file.

Plain means tables, comments and a JFIF segment, and nothing that may turn the picture (Exif, XMP)
or that Pillow may refuse. For everything else, and all that is damaged, there is no answer here:
the whole file must be looked at.
"""

from __future__ import annotations

from typing import Final

from fashion_hls.data.filetree import FileTree

#: Bytes of a file's head and of its tail that are read.
ENDS: Final = 1024

_START, _END = b"\xff\xd8", b"\xff\xd9"
_FRAMES: Final = frozenset((0xC0, 0xC1, 0xC2))
_SCAN, _TABLES, _JFIF = 0xDA, 0xDB, 0xE0
# Huffman tables, the restart interval and comments; Pillow skips them.
_SKIPPED: Final = frozenset((0xC4, 0xDD, 0xFE))
# Pillow warns of larger pictures, and refuses the largest.
_MOST_PIXELS: Final = 2**26


def _frame_size(frame: bytes) -> tuple[int, int] | None:
    """Width and height of a frame of one, three or four 8-bit components."""
    if len(frame) < 6 or frame[0] != 8 or frame[5] not in (1, 3, 4):
        return None
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    whole = len(frame) == 6 + 3 * frame[5] and 0 < width * height <= _MOST_PIXELS
    return (width, height) if whole else None


def plain_jpeg_size(head: bytes) -> tuple[int, int] | None:
    """Width and height of a plain JPEG of which these are the first bytes, or None."""
    if not head.startswith(_START):
        return None
    size, place = None, len(_START)
    while place + 4 <= len(head) and head[place] == 0xFF:
        kind = head[place + 1]
        body, end = place + 4, place + 2 + head[place + 2] * 256 + head[place + 3]
        if end > len(head) or end < body:
            return None
        if kind == _SCAN:
            return size
        if kind == _TABLES:
            # 8-bit tables of 64 values, each behind its number.
            plain = (end - body) % 65 == 0 and all(head[at] < 16 for at in range(body, end, 65))
        elif kind == _JFIF:
            plain = end - body >= 14
        elif kind in _FRAMES and size is None:
            size = _frame_size(head[body:end])
            plain = size is not None
        else:
            plain = kind in _SKIPPED
        if not plain:
            return None
        place = end
    return None


def plain_size(tree: FileTree, name: str) -> tuple[int, int] | None:
    """Width and height of a plain, untruncated JPEG in a folder; None where it may be no such.

    Raises:
        OSError: no such file, or one that cannot be read.
    """
    ends = tree.ends(name, ENDS)
    if ends is None or _END not in ends[1]:
        return None
    return plain_jpeg_size(ends[0])
