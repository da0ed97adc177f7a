"""What is behind a figure: a studio, a street, a room; and the white ground of a shop's photo."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.palette import Colour
from fashion_hls.data.sample.prints import smooth_noise

SETTINGS: Final = ("studio", "street", "room")
Size = tuple[int, int]


def draw_background(setting: str, size: Size, rng: np.random.Generator) -> Image.Image:
    """A picture of one of the settings, width x height pixels, with nobody in it."""
    image = {"studio": _studio, "street": _street, "room": _room}[setting](size, rng)
    if setting != "studio" and rng.random() < 0.6:
        # Out of the camera's focus.
        image = image.filter(ImageFilter.BoxBlur(float(rng.uniform(0.5, 1.6)) * max(size) / 256))
    return image


def white_ground(size: Size, rng: np.random.Generator) -> Image.Image:
    """White or nearly so, a little darker towards one corner."""
    level = 255 if rng.random() < 0.5 else int(rng.integers(236, 255))
    colour = (level, level, max(228, level - int(rng.integers(0, 6))))
    if rng.random() < 0.5:
        return Image.new("RGB", size, colour)
    return _ramp(size, colour, palette.shade(colour, 0.95), float(rng.uniform(-0.6, 0.6)))


def _ramp(size: Size, top: Colour, bottom: Colour, slant: float = 0.0) -> Image.Image:
    """From one colour above to another below; ``slant``: how much it also runs to the side."""
    width, height = size
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :] * np.float32(slant)
    share = np.clip(down + across, 0, 1)[..., None]
    first, last = (np.array(colour, dtype=np.float32) for colour in (top, bottom))
    return Image.fromarray((first + share * (last - first)).astype(np.uint8))


def _studio(size: Size, rng: np.random.Generator) -> Image.Image:
    """Paper behind and below, light grey or coloured."""
    if rng.random() < 0.55:
        level = int(rng.integers(205, 256))
        wall = palette.jitter((level, level, level), rng, 5)
    else:
        wall = palette.from_hsv(rng.random(), rng.uniform(0.05, 0.4), rng.uniform(0.5, 0.95))
    image = _ramp(size, wall, palette.shade(wall, rng.uniform(0.8, 1.0)), rng.normal(0, 0.3))
    if rng.random() < 0.6:
        floor = round(size[1] * rng.uniform(0.8, 0.93))
        below = (size[0], size[1] - floor)
        image.paste(_ramp(below, palette.shade(wall, 0.86), palette.shade(wall, 0.97)), (0, floor))
    return image


def _street(size: Size, rng: np.random.Generator) -> Image.Image:
    """Sky, houses, pavement and road, with posts and trees."""
    width, height = size
    sky = palette.pick(palette.SKY, rng)
    image = _ramp(size, sky, palette.shade(sky, 1.12))
    draw = ImageDraw.Draw(image)
    horizon = round(height * rng.uniform(0.5, 0.78))
    left = -rng.uniform(0, 0.2) * width
    while left < width:
        wide = rng.uniform(0.22, 0.5) * width
        roof = horizon - rng.uniform(0.35, 0.95) * horizon
        _house(draw, (left, roof, left + wide, horizon), rng)
        left += wide + (rng.uniform(0.05, 0.2) * width if rng.random() < 0.25 else 0)
    _pavement(image, horizon, rng)
    for _ in range(int(rng.integers(0, 3))):
        x = rng.uniform(0, 1) * width
        if rng.random() < 0.5:
            _tree(draw, x, horizon, height * rng.uniform(0.3, 0.6), rng)
        else:
            draw.rectangle([x, 0, x + width * 0.018, horizon + height * 0.05], fill=(70, 72, 76))
    if rng.random() < 0.35:
        _car(draw, rng.uniform(-0.1, 0.8) * width, horizon + height * 0.06, width * 0.36, rng)
    return image


def _house(
    draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], rng: np.random.Generator
) -> None:
    x1, y1, x2, y2 = box
    wall = palette.pick(palette.MASONRY, rng)
    draw.rectangle([x1, y1, x2, y2], fill=wall)
    draw.rectangle([x1, y1, x2, y1 + 3], fill=palette.shade(wall, 0.75))
    columns, rows = int(rng.integers(2, 5)), int(rng.integers(2, 6))
    glass = palette.jitter((96, 112, 130), rng, 25)
    wide, high = (x2 - x1) / columns, (y2 - y1) * 0.8 / rows
    for column in range(columns):
        for row in range(rows):
            x, y = x1 + (column + 0.25) * wide, y1 + (row + 0.35) * high
            lit = rng.random() < 0.12
            fill = (238, 214, 150) if lit else glass
            draw.rectangle([x, y, x + wide * 0.5, y + high * 0.6], fill=fill)
    if rng.random() < 0.6:
        shop, awning = y2 - (y2 - y1) * 0.17, palette.cloth(rng)
        draw.rectangle([x1, shop, x2, y2], fill=palette.shade(glass, 0.8))
        draw.rectangle([x1, shop - 4, x2, shop + 3], fill=awning)


def _pavement(image: Image.Image, horizon: int, rng: np.random.Generator) -> None:
    width, height = image.size
    stone = palette.pick(palette.PAVEMENT, rng)
    below = (width, height - horizon)
    image.paste(_ramp(below, palette.shade(stone, 0.85), palette.shade(stone, 1.1)), (0, horizon))
    draw = ImageDraw.Draw(image)
    vanish, seam = rng.uniform(0.2, 0.8) * width, palette.shade(stone, 0.78)
    for x in np.linspace(-1.2 * width, 2.2 * width, 12):
        draw.line([(vanish + (x - vanish) * 0.25, horizon), (x, height)], fill=seam)
    depth = height - horizon
    for share in (0.12, 0.3, 0.58):
        draw.line([(0, horizon + depth * share), (width, horizon + depth * share)], fill=seam)
    if rng.random() < 0.4:
        kerb = horizon + depth * 0.1
        draw.rectangle([0, horizon, width, kerb], fill=(72, 72, 76))
        draw.rectangle([0, kerb, width, kerb + 3], fill=(196, 192, 186))


def _tree(
    draw: ImageDraw.ImageDraw, x: float, ground: float, high: float, rng: np.random.Generator
) -> None:
    leaf = palette.pick(palette.FOLIAGE, rng)
    draw.rectangle([x - high * 0.04, ground - high, x + high * 0.04, ground], fill=(88, 66, 50))
    for _ in range(7):
        cx, cy = x + rng.normal(0, 0.16) * high, ground - high + rng.normal(0, 0.12) * high
        radius = rng.uniform(0.12, 0.24) * high
        fill = palette.shade(leaf, rng.uniform(0.8, 1.2))
        draw.ellipse([cx - radius, cy - radius, cx + radius, cy + radius], fill=fill)


def _car(
    draw: ImageDraw.ImageDraw, x: float, ground: float, long: float, rng: np.random.Generator
) -> None:
    paint, high = palette.cloth(rng), long * 0.22
    draw.rectangle([x, ground - high, x + long, ground], fill=paint)
    roof = ground - high * 1.8
    cabin = [(0.18, ground - high), (0.3, roof), (0.7, roof), (0.84, ground - high)]
    draw.polygon([(x + share * long, y) for share, y in cabin], fill=palette.shade(paint, 0.8))
    for share in (0.22, 0.78):
        cx, radius = x + share * long, high * 0.42
        draw.ellipse(
            [cx - radius, ground - radius, cx + radius, ground + radius], fill=(30, 30, 32)
        )


def _room(size: Size, rng: np.random.Generator) -> Image.Image:
    """A wall, often papered, a floor, and what hangs and stands there."""
    width, height = size
    wall, floor = palette.pick(palette.WALLS, rng), palette.pick(palette.FLOORS, rng)
    image = _ramp(size, wall, palette.shade(wall, 0.88), float(rng.uniform(-0.8, 0.8)))
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.3:
        step, stripe = int(rng.integers(12, 34)), palette.shade(wall, rng.uniform(0.86, 0.95))
        for x in range(0, width, step):
            draw.rectangle([x, 0, x + step // 2, height], fill=stripe)
    edge = round(height * rng.uniform(0.74, 0.9))
    for _ in range(int(rng.integers(0, 3))):
        _hanging(draw, size, edge, rng)
    draw.rectangle([0, edge, width, height], fill=floor)
    draw.rectangle([0, edge - height * 0.025, width, edge], fill=palette.shade(wall, 1.12))
    for share in (0.2, 0.45, 0.75):
        y = edge + (height - edge) * share
        draw.line([(0, y), (width, y)], fill=palette.shade(floor, 0.86))
    if rng.random() < 0.45:
        left, wide = rng.uniform(-0.15, 0.75) * width, rng.uniform(0.25, 0.45) * width
        _sofa(draw, (left, edge - height * 0.16, left + wide, edge + height * 0.05), rng)
    return _grain(image, rng) if rng.random() < 0.3 else image


def _hanging(draw: ImageDraw.ImageDraw, size: Size, edge: int, rng: np.random.Generator) -> None:
    """A picture, a window or a curtain."""
    width, height = size
    x, y = rng.uniform(-0.05, 0.85) * width, rng.uniform(0.02, 0.3) * height
    w, h = rng.uniform(0.12, 0.3) * width, rng.uniform(0.12, 0.3) * height
    if rng.random() < 0.3:
        cloth = palette.cloth(rng)
        for fold in range(6):
            fill = palette.shade(cloth, 0.85 if fold % 2 else 1.0)
            draw.rectangle([x + fold * w / 6, 0, x + (fold + 1) * w / 6, edge], fill=fill)
        return
    draw.rectangle([x - 3, y - 3, x + w + 3, y + h + 3], fill=palette.jitter((90, 70, 56), rng, 40))
    draw.rectangle([x, y, x + w, y + h], fill=palette.pick(palette.SKY, rng))
    draw.ellipse([x + w * 0.2, y + h * 0.3, x + w * 0.7, y + h * 0.8], fill=palette.cloth(rng))


def _sofa(
    draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], rng: np.random.Generator
) -> None:
    """Furniture in the colours of clothes, so that colour alone finds no garment."""
    x1, y1, x2, y2 = box
    cover, arm = palette.cloth(rng), (x2 - x1) * 0.14
    draw.rounded_rectangle([x1, y1, x2, y2], radius=6, fill=cover)
    draw.rectangle([x1, (y1 + y2) / 2, x2, y2 - 3], fill=palette.shade(cover, 1.15))
    for x in (x1 - arm / 2, x2 - arm / 2):
        draw.rounded_rectangle([x, y1 + 8, x + arm, y2], radius=5, fill=palette.shade(cover, 0.8))


def _grain(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    noise = (smooth_noise(image.size, int(rng.integers(8, 60)), rng) - 0.5) * 22
    pixels = np.asarray(image, dtype=np.float32) + noise[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
