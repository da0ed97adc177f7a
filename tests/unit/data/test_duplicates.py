import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fashion_hls.data.duplicates import (
    content_hash,
    groups,
    perceptual_hash,
    split_groups,
    thumbnail,
)

LIMITS = {"max_bits": 6, "max_levels": 4.0}


def bits_with(*flipped: range) -> np.ndarray:
    """Hashes that differ from all zeros in the given bits."""
    bits = np.zeros((len(flipped), 64), dtype=bool)
    for row, places in enumerate(flipped):
        bits[row, list(places)] = True
    return bits


def grey(*levels: float) -> np.ndarray:
    return np.repeat(np.array(levels, dtype=np.float32)[:, None], 768, axis=1)


def together(labels: np.ndarray) -> list[list[int]]:
    return sorted(np.flatnonzero(labels == name).tolist() for name in np.unique(labels))


def test_equal_bytes_are_one_group_whatever_they_look_like() -> None:
    bits = bits_with(range(0), range(30), range(30, 60))
    assert together(groups(["a", "b", "a"], bits, grey(0, 100, 200), **LIMITS)) == [[0, 2], [1]]


def test_near_copies_are_a_group_up_to_both_limits() -> None:
    bits = bits_with(range(0), range(6), range(20, 47))
    found = groups(["a", "b", "c"], bits, grey(10, 14, 10), **LIMITS)
    assert together(found) == [[0, 1], [2]]


@pytest.mark.parametrize(("places", "level"), [(range(7), 10.0), (range(6), 14.1)])
def test_one_limit_alone_is_not_enough(places: range, level: float) -> None:
    found = groups(["a", "b"], bits_with(range(0), places), grey(10, level), **LIMITS)
    assert together(found) == [[0], [1]]


def test_a_chain_is_one_group() -> None:
    bits = bits_with(range(0), range(5), range(10), range(40, 64))
    found = groups(list("abcd"), bits, grey(10, 10, 10, 10), **LIMITS)
    assert together(found) == [[0, 1, 2], [3]]


def test_pairs_are_found_across_blocks_of_rows() -> None:
    generator = np.random.default_rng(0)
    bits = generator.integers(0, 2, (1300, 64)).astype(bool)
    bits[1200] = bits[3]
    bits[1299, 0] ^= True
    bits[1100] = bits[1299]
    labels = groups([str(i) for i in range(1300)], bits, grey(*[9.0] * 1300), **LIMITS)
    assert labels[3] == labels[1200] and labels[1100] == labels[1299]
    assert len(np.unique(labels)) == 1298


def test_hash_and_thumbnail_see_what_they_should() -> None:
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((80, 80), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    again = Image.open(out).convert("RGB").resize((60, 60))
    assert (perceptual_hash(picture) != perceptual_hash(again)).sum() <= 6
    assert np.abs(thumbnail(picture) - thumbnail(again)).mean() <= 4
    swapped = Image.merge("RGB", picture.split()[::-1])
    assert np.abs(thumbnail(picture) - thumbnail(swapped)).mean() > 4
    assert perceptual_hash(picture).shape == (64,) and thumbnail(picture).shape == (768,)
    assert content_hash(out.getvalue()) != content_hash(out.getvalue() + b"\0")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3)), min_size=1, max_size=80),
    st.integers(0, 1000),
)
def test_no_group_is_ever_parted(rows, seed) -> None:
    group, stratum = (np.array(column) for column in zip(*rows, strict=True))
    split = split_groups(group, stratum, (0.8, 0.1, 0.1), seed=seed)
    assert set(split.tolist()) <= {0, 1, 2}
    assert all(len(set(split[group == name].tolist())) == 1 for name in np.unique(group))
    assert split.tolist() == split_groups(group, stratum, (0.8, 0.1, 0.1), seed=seed).tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=60), min_size=1, max_size=4),
    st.sampled_from([(0.8, 0.1, 0.1), (0.5, 0.25, 0.25), (0.7, 0.1, 0.2)]),
    st.integers(0, 1000),
)
def test_shares_are_kept_within_each_stratum_up_to_the_largest_group(strata, shares, seed) -> None:
    sizes = np.concatenate(strata)
    group = np.repeat(np.arange(len(sizes)), sizes)
    stratum = np.repeat(np.arange(len(strata)), [sum(part) for part in strata])
    split = split_groups(group, stratum, shares, seed=seed)
    for name, part in enumerate(strata):
        counts = np.bincount(split[stratum == name], minlength=3)
        lacking = np.array(shares) * sum(part) - counts
        # The last group into a split overfills it by less than itself; two others may do so.
        assert (-lacking <= max(part) + 1e-6).all() and (lacking <= 2 * max(part) + 1e-6).all()


def test_a_group_counts_for_the_stratum_of_most_of_its_images() -> None:
    # Group 0 is nine images of stratum 1 and one of stratum 0, whose own ten are single.
    group = np.array([0] * 10 + list(range(1, 11)))
    stratum = np.array([1] * 9 + [0] * 11)
    split = split_groups(group, stratum, (0.5, 0.25, 0.25), seed=0)
    assert np.bincount(split[10:], minlength=3).tolist() in ([5, 3, 2], [5, 2, 3], [4, 3, 3])


def test_the_seed_decides_among_groups_of_one_size() -> None:
    group, stratum = np.arange(60), np.zeros(60, dtype=int)
    first = split_groups(group, stratum, (0.5, 0.25, 0.25), seed=0)
    other = split_groups(group, stratum, (0.5, 0.25, 0.25), seed=1)
    assert first.tolist() != other.tolist()


def test_a_split_with_no_share_gets_nothing() -> None:
    split = split_groups(np.arange(20), np.zeros(20, dtype=int), (0.9, 0.1, 0.0), seed=0)
    assert np.bincount(split, minlength=3).tolist() == [18, 2, 0]


def test_the_large_group_goes_first_and_single_images_fill_up() -> None:
    group = np.array([0] * 5 + [1, 2, 3, 4, 5])
    for seed in range(5):
        split = split_groups(group, np.zeros(10, dtype=int), (0.5, 0.25, 0.25), seed=seed)
        assert np.bincount(split, minlength=3).tolist() in ([5, 3, 2], [5, 2, 3])
