"""What the generator draws: silhouettes, attributes and boxes, to the pixel."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from fashion_hls.data.sample import footwear
from fashion_hls.data.sample.cuts import SHOE, Changes, Kind, altered, effect
from fashion_hls.data.sample.kinds import ATTRIBUTES, KINDS
from fashion_hls.data.sample.mallzee import CATALOGUE, FOOTWEAR
from fashion_hls.data.sample.prints import PATTERNS
from fashion_hls.data.sample.scenes import Scene, draw_flat_lay, draw_scene
from fashion_hls.data.sample.textures import Look
from fashion_hls.data.sample.wardrobe import Garment, draw_garment, draw_outfit

SIZE = (128, 128)
#: What a garment without the attribute is like, where that is not its kind's own cut.
WITHOUT: dict[str, Changes] = {
    "long sleeve": {"sleeve": "short"},
    "sleeveless": {"sleeve": "short"},
    "front button": {"front": "closed"},
    "zip": {"front": "closed"},
    "mini": {"hem": 5.7},
    "hooded": {"neck": "crew"},
    "skinny": {"legs": (0.45, 0.36, 0.34)},
}
FABRICS = ("chiffon", "denim", "knit", "lace", "leather")
WHERE = {
    name: [
        c
        for c, kind in KINDS.items()
        if any(
            name in s
            for s in (kind.pattern, kind.fabric, kind.sleeve, kind.length, kind.front, kind.extras)
        )
    ]
    for name in ATTRIBUTES
}


def plain(category: str, kinds: dict[str, Kind] = KINDS) -> Garment:
    """The category with its likeliest sleeve, length, front and fabric, in one grey."""
    kind = kinds[category]
    cut = kind.cut
    for shares in (kind.sleeve, kind.length, kind.front):
        cut = altered(cut, effect(max(shares, key=lambda name: shares[name]), kind))
    look = Look(
        pattern="",
        fabric=max(kind.fabric, key=lambda name: kind.fabric[name]),
        main=(130, 120, 125),
        second=(240, 236, 220),
        period=0.35,
        seed=3,
    )
    return Garment(category=category, kind=kind, attributes=frozenset(), cut=cut, look=look)


def laid(garment: Garment) -> Scene:
    return draw_flat_lay([garment], SIZE, np.random.default_rng(8))


def worn(garments: list[Garment], seed: int, size: tuple[int, int] = (96, 128)) -> Scene:
    return draw_scene(garments, "whole", size, np.random.default_rng(seed), setting="studio")


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, dtype=np.float64)


def small(scene: Scene) -> np.ndarray:
    return pixels(scene.image.convert("L").reduce(4))


@pytest.mark.parametrize("kinds", [KINDS, CATALOGUE], ids=["deepfashion", "catalogue"])
def test_each_category_has_a_silhouette_of_its_own(kinds: dict[str, Kind]) -> None:
    drawn = {name: small(laid(plain(name, kinds))) for name in kinds}
    apart = {(a, b): np.abs(drawn[a] - drawn[b]).mean() for a, b in combinations(drawn, 2)}
    nearest = min(apart, key=lambda pair: apart[pair])
    assert apart[nearest] > 1.5, f"{nearest}: {apart[nearest]:.1f}"


@pytest.mark.parametrize("name", [name for name in ATTRIBUTES if name != "solid"])
def test_an_attribute_can_be_seen(name: str) -> None:
    """Laid flat with and without it, the same garment differs where it is."""
    assert WHERE[name]
    for category in WHERE[name]:
        base = plain(category)
        cut = altered(base.cut, WITHOUT.get(name, {}))
        base = replace(base, cut=cut, look=replace(base.look, fabric=""))
        if name in PATTERNS:
            changed = replace(base, look=replace(base.look, pattern=name))
        elif name in FABRICS:
            changed = replace(base, look=replace(base.look, fabric=name))
        else:
            changed = replace(base, cut=altered(base.cut, effect(name, base.kind)))
        before, after = (pixels(laid(garment).image) for garment in (base, changed))
        share = (np.abs(after - before).max(axis=2) > 24).mean()
        assert share > 0.002, f"{name} on {category}: {share:.4f}"


STYLED = [(name, style) for name, kind in CATALOGUE.items() for style in kind.styles]


@pytest.mark.parametrize(("category", "style"), STYLED)
def test_a_style_of_the_catalogue_can_be_seen(category: str, style: str) -> None:
    """What each style changes of its category's cut or fabric changes the drawing."""
    base = plain(category, CATALOGUE)
    changes = dict(base.kind.styles[style])
    fabric = changes.pop("fabric", base.look.fabric)
    styled = replace(base, cut=altered(base.cut, changes), look=replace(base.look, fabric=fabric))
    before, after = (pixels(laid(garment).image) for garment in (base, styled))
    assert (np.abs(after - before).max(axis=2) > 24).mean() > 0.001


def test_patterns_and_fabrics_differ_from_each_other() -> None:
    base = plain("Dress")
    looks = [replace(base.look, pattern=name) for name in PATTERNS]
    looks += [replace(base.look, fabric=name) for name in FABRICS]
    drawn = [pixels(laid(replace(base, look=look)).image) for look in looks]
    same = {("plaid", "tartan"), ("polka dot", "polka dots")}
    for (a, first), (b, second) in combinations(zip(looks, drawn, strict=True), 2):
        names = (a.pattern or a.fabric, b.pattern or b.fabric)
        if names not in same:
            assert np.abs(first - second).mean() > 0.4, names


def changed_box(pictures: Sequence[np.ndarray]) -> tuple[int, int, int, int]:
    changed = np.abs(pictures[1] - pictures[0]).max(axis=2)
    rows, columns = np.nonzero(changed > 0.4 * changed.max())
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def recoloured(garment: Garment, colour: tuple[int, int, int]) -> Garment:
    return replace(garment, look=replace(garment.look, main=colour, second=colour, fabric=""))


@pytest.mark.parametrize("how", ["worn", "laid"])
@pytest.mark.parametrize("category", [*sorted(KINDS), *sorted(FOOTWEAR)])
def test_a_box_fits_what_is_drawn(category: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the garment's colour changes the picture, its box lies, to the pixel."""
    # A sole has a colour of its own.
    monkeypatch.setattr(footwear, "_sole_colour", lambda garment: garment.look.main)
    target = draw_garment(category, np.random.default_rng(2), {**KINDS, **FOOTWEAR})
    pictures, boxes = [], []
    for colour in ((0, 0, 0), (250, 250, 250)):
        garment = recoloured(target, colour)
        scene = worn([garment], 9) if how == "worn" else laid(garment)
        pictures.append(pixels(scene.image))
        boxes += [seen.box for seen in scene.garments]
    assert len(boxes) == 2
    assert np.abs(np.array(boxes) - changed_box(pictures)).max() <= 1


def test_what_is_hidden_is_not_in_the_box() -> None:
    """The box of a lower layer ends where an upper one covers it; hidden says how much."""
    rng = np.random.default_rng(0)
    jeans, dress = draw_garment("Jeans", rng), plain("Dress")
    dress = replace(dress, cut=replace(dress.cut, hem=6.0, flare=0.3))
    alone = worn([jeans], 9).garments[0]
    below = worn([jeans, dress], 9).garments[0]
    assert below.garment.category == "Jeans"
    assert below.box[1] > alone.box[1] + 10 and below.box[3] == alone.box[3]
    assert alone.hidden < 0.1 < 0.4 < below.hidden


def test_shoes_lie_at_the_feet() -> None:
    rng = np.random.default_rng(6)
    for name in FOOTWEAR:
        shoes = draw_garment(name, rng, FOOTWEAR)
        scene = worn([shoes], 4)
        (seen,) = scene.garments
        assert seen.garment.kind.type == SHOE
        assert seen.box[1] > scene.image.height * 0.55


def test_figures_differ_in_pose_and_place() -> None:
    rng = np.random.default_rng(7)
    boxes = []
    for seed in range(20):
        scene = worn(draw_outfit(rng, plain("Tee")), seed)
        boxes += [seen.box for seen in scene.garments if seen.garment.category == "Tee"]
    centres = np.array([((x1 + x2) / 2, (y1 + y2) / 2) for x1, y1, x2, y2 in boxes])
    heights = np.array([y2 - y1 for _, y1, _, y2 in boxes])
    assert centres.std(axis=0).min() > 2
    assert heights.max() > 1.4 * heights.min()


def test_a_flat_lay_is_on_white_and_worn_by_nobody() -> None:
    scene = laid(plain("Sweater"))
    assert not scene.worn
    corners = pixels(scene.image)[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.min() > 205
