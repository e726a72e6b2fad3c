"""What a user of the data set relies on, on inputs small enough for seconds."""

import json

import numpy as np
import pytest

from composer_training.data import backgrounds, captions, catalog, compose, conditions, palette, photos, sources
from composer_training.data.catalog import CATEGORIES, Glyph


def _glyph(label="red apple", category="food", concept="1F34E", style="3d", flippable=True):
    return Glyph(concept, label, ("fruit",), CATEGORIES.index(category), style, f"{label}.webp", flippable)


def _disc(colour, radius=90):
    """A filled circle in the middle, as a drawing: RGBA."""
    y, x = np.mgrid[0:256, 0:256] - 127.5
    drawing = np.zeros((256, 256, 4), np.uint8)
    drawing[..., :3] = colour
    drawing[..., 3] = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1) * 255
    return drawing


class _Renders(dict):
    def __missing__(self, glyph):
        shade = sum(map(ord, glyph.label)) % 200
        return _disc((shade, 220 - shade, 90))


# --- palette ---

def test_codebook_has_156_different_colours_and_the_corners_of_hsv():
    assert palette.CODEBOOK_RGB.shape == (156, 3)
    assert palette.COLOURS == 156
    assert np.allclose(palette.CODEBOOK_RGB[5], (1, 0, 0))  # hue 0, full saturation and value
    assert np.allclose(palette.CODEBOOK_RGB[143], 1) and np.allclose(palette.CODEBOOK_RGB[155], 0)


def test_lab_agrees_with_published_values():
    lab = palette.rgb_to_lab(np.array([[1, 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 1]], float))
    assert np.allclose(lab, [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]], atol=0.05)


def test_palette_sums_to_one_and_flat_red_peaks_at_red():
    image = np.zeros((64, 64, 3), np.uint8)
    image[..., 0] = 255
    histogram = palette.palette(image)
    assert histogram.shape == (156,)
    assert histogram.sum() == pytest.approx(1)
    assert histogram.argmax() == 5


def test_nearest_colour_of_a_codebook_colour_is_itself():
    pixels = np.rint(palette.CODEBOOK_RGB * 255).astype(np.uint8)
    far_apart = palette.rgb_to_lab(pixels / 255) - palette.CODEBOOK_LAB
    assert np.abs(far_apart).max() < 2
    assert (palette.nearest_colours(pixels) == np.arange(156)).all()


def test_smoothing_spreads_to_near_colours_only():
    image = np.full((8, 8, 3), 255, np.uint8)
    histogram = palette.palette(image)
    assert histogram[palette.COLOURS - 1] == 0  # nothing of white reaches black
    assert np.allclose(palette.SMOOTHING.sum(1), 1)


# --- resizing ---

def test_box_mean_is_exact_and_rounds_half_up():
    image = np.zeros((8, 8), np.uint8)
    image[0, :2] = 4  # 8 / 16 = 0.5
    image[4:, 4:] = 255
    assert conditions.box_mean(image).tolist() == [[1, 0], [0, 255]]


def test_box_majority_takes_the_most_frequent_and_the_lower_on_a_tie():
    labels = np.zeros((4, 8), np.uint8)
    labels[:, :2] = 3
    labels[:3, 4:] = 2
    assert conditions.box_majority(labels, 4).tolist() == [[0, 2]]


def test_a_line_one_pixel_wide_survives_box_max():
    lines = np.zeros((8, 8), np.uint8)
    lines[5, 2] = 255
    assert conditions.box_max(lines).tolist() == [[0, 0], [255, 0]]


# --- lines, outlines, depth ---

def test_lines_follow_colour_edges_of_equal_lightness():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, :32], image[:, 32:] = (200, 80, 80), (24, 137, 80)  # nearly the same L
    lines = conditions.edges(image)
    assert (lines[8:56] > 0).any(axis=1).all()
    assert lines[:, :24].max() == 0 and lines[:, 40:].max() == 0


def test_outline_lies_on_the_instance_and_not_on_the_frame():
    objects = np.zeros((32, 32), np.uint8)
    objects[8:, 8:24] = 1  # touches the lower frame
    outline = conditions.instance_outline(objects)
    assert outline[8, 12] == 255 and outline[20, 8] == 255
    assert outline[7, 12] == 0 and outline[31, 15] == 0


def test_nearer_objects_are_nearer_everywhere():
    objects = np.zeros((64, 64), np.uint8)
    objects[:, :32], objects[10:50, 40:60] = 1, 2
    depth = conditions.depth_map(objects, [0.7, 0.3], relief=0.25)
    assert depth[objects == 1].min() > depth[objects == 2].max() > depth[objects == 0].max() == 0


# --- composition ---

def test_compositing_is_exact_and_instances_equal_the_alphas():
    ground = np.full((256, 256, 3), 255, np.uint8)
    far, near = (compose.place(_disc(colour), 128, 128, 1) for colour in ((255, 0, 0), (0, 0, 255)))
    near = np.roll(near, 60, axis=1)
    image, objects, coverage = compose.composite(ground, [far, near])
    assert (objects[near[..., 3] >= 0.5] == 1).all()
    assert (objects[(far[..., 3] >= 0.5) & (near[..., 3] < 0.5)] == 2).all()
    assert (objects[(far[..., 3] < 0.5) & (near[..., 3] < 0.5)] == 0).all()
    assert image[128, 60].tolist() == [255, 0, 0] and image[128, 200].tolist() == [0, 0, 255]
    assert coverage[128, 128] == 255 and coverage[0, 0] == 0
    half = (near[..., 3] > 0.4) & (near[..., 3] < 0.6) & (far[..., 3] == 0)
    expected = near[half][:, :3] + (1 - near[half][:, 3:])
    assert np.abs(image[half] / 255 - expected).max() <= 0.5 / 255 + 1e-6


def test_placing_at_natural_size_changes_nothing():
    drawing = _disc((10, 200, 30))
    layer = compose.place(drawing, 128, 128, 1)
    assert np.array_equal(layer[..., 3], drawing[..., 3] / np.float32(255))


@pytest.mark.parametrize("scale", [0.5, 0.9])
def test_placing_puts_the_centre_where_it_was_asked(scale):
    layer = compose.place(_disc((10, 200, 30), radius=60), 100, 150, scale)
    y, x = np.nonzero(layer[..., 3] > 0.5)
    assert x.mean() + 0.5 == pytest.approx(100, abs=1) and y.mean() + 0.5 == pytest.approx(150, abs=1)


def test_a_row_has_every_array_of_the_format_and_is_the_same_every_time():
    from composer_training.data.build import ARRAYS

    glyphs = (_glyph("red apple"), _glyph("dog", "animal", "1F415"), _glyph("car", "vehicle", "1F697"))
    example = compose.Example("scene#1", "scene", glyphs, "plain")
    first, second = (compose.make_row(example, _Renders(), {}, None) for _ in range(2))
    assert set(first.arrays) == set(ARRAYS)
    for name, (kind, shape) in ARRAYS.items():
        assert first.arrays[name].shape == shape and first.arrays[name].dtype == kind, name
        assert np.array_equal(first.arrays[name], second.arrays[name])
    assert first.captions == second.captions and len(first.captions) == 4
    assert set(np.unique(first.arrays["instances64"])) <= {0, *(glyph.category for glyph in glyphs)}
    assert ((first.arrays["instances64"] > 0) == (first.arrays["object64"] > 0)).all()


# --- split, captions, flips ---

def test_split_is_stable_about_five_percent_and_the_same_in_every_style():
    assert [catalog.split_of(concept) for concept in ("1F34E", "1F415", "photo:a.webp")] == ["train", "train", "train"]
    held_out = sum(catalog.split_of(f"concept {number}") == "val" for number in range(4000))
    assert 140 < held_out < 260
    assert _glyph(style="3d").concept == _glyph(style="flat").concept


def test_scenes_never_mix_the_splits():
    glyphs = [_glyph(f"thing {n}", "object", f"concept {n}", style) for n in range(300) for style in ("3d", "flat")]
    examples = compose.plan(glyphs, [], 200)
    for example in examples:
        assert {catalog.split_of(glyph.concept) for glyph in example.glyphs} == {example.split}
    assert {example.split for example in examples if example.kind == "scene"} == {"train", "val"}


@pytest.mark.parametrize("label, said", [("red apple", "a red apple"), ("octopus", "an octopus"), ("unicorn", "a unicorn"),
                                         ("grapes", "grapes"), ("bus", "a bus"), ("popcorn", "popcorn")])
def test_articles(label, said):
    assert captions.article(label) == said


def test_a_caption_with_sides_forbids_mirroring():
    left = {"label": "apple", "colour": "red", "x": 60, "y": 128, "size": 100, "front": 0}
    right = {"label": "dog", "colour": None, "x": 190, "y": 128, "size": 100, "front": 1}
    assert captions.relation(left, right, sides=True) == "to the left of"
    assert captions.relation(right, left, sides=True) == "to the right of"
    assert captions.relation(left, right, sides=False) == "next to"
    assert captions.is_sided(["a red apple to the left of a dog"]) and not captions.is_sided(["a red apple above a dog"])
    for seed in range(30):
        row = compose.make_row(compose.Example(f"scene#{seed}", "scene", (_glyph(), _glyph("dog", "animal", "2"))), _Renders(), {}, None)
        assert not (row.flip and captions.is_sided(row.captions))


def test_the_background_phrase_names_the_background():
    import random

    image, phrase = backgrounds.draw(random.Random(0), "white")
    assert (image == 255).all() and phrase == "on a white background"
    image, phrase = backgrounds.draw(random.Random(1), "plain")
    name = phrase.removeprefix("on a ").removeprefix("on an ").removesuffix(" background")
    assert np.abs(image[0, 0].astype(int) - backgrounds.COLOURS[name]).max() <= 8


def test_the_dominant_colour_is_named_only_when_sure():
    assert compose.colour_word(_disc((220, 30, 30))) == "red"
    half = _disc((220, 30, 30))
    half[128:, :, :3] = (30, 60, 220)
    assert compose.colour_word(half) is None


# --- sources and photos ---

def test_every_source_has_version_licence_and_attribution():
    for source in sources.BY_NAME.values():
        assert source.version and source.licence and source.attribution and source.url.startswith("https://")


def test_the_lock_file_pins_what_the_table_names():
    from composer_training.data.cache import HERE

    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    locked = json.loads((HERE / "package-lock.json").read_text())["packages"]
    npm = {source.name: source.version for source in sources.BY_NAME.values() if source.registry == "npm"}
    assert wanted == npm
    assert {name: locked[f"node_modules/{name}"]["version"] for name in npm} == npm
    assert all("resolved" not in entry for entry in locked.values())


@pytest.mark.parametrize("kind, path, file, label", [
    ("flowers", "tulips/100930342_92e8746431_n.jpg", "flower-100930342.webp", "tulips"),
    ("clothing", "train/hat/00003aeb-ace5-43bf-9a0c.jpg", "cloth-00003aeb.webp", "hat"),
    ("groceries", "test/Fruit/Kiwi/Kiwi_001.jpg", None, "Kiwi (Fruit)")])
def test_a_pack_made_from_a_download_can_be_read(tmp_path, kind, path, file, label):
    import cv2

    from composer_training.data.make_pack import make_pack

    picture = tmp_path / "download" / path
    picture.parent.mkdir(parents=True)
    cv2.imwrite(str(picture), np.full((300, 400, 3), (0, 0, 255), np.uint8))
    assert make_pack(kind, tmp_path / "download", tmp_path) == 1
    (photo,) = photos.read_packs(tmp_path)
    assert photo.label == photos._describe(f"{kind}-256", label)[0]
    assert file is None or photo.file == file
    assert np.abs(photo.image()[128, 128].astype(int) - (255, 0, 0)).max() < 12


def test_thinned_lines_are_one_pixel_wide():
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install -r training/requirements.txt")
    from composer_training.data.hed import thin

    y, x = np.mgrid[0:128, 0:128]
    soft = np.exp(-((x - 64 - 0.4 * (y - 64)) ** 2) / 30)
    lines = thin(soft) > 0
    assert lines[10:118].any(axis=1).all()
    assert lines.sum(axis=1).max() <= 2


def test_photos_are_balanced_over_packs_and_labels():
    def photo(pack, label, number):
        return photos.Photo(f"{label}-{number}.webp", label, "flower", 5, "", "MIT", pack, b"")

    many = [photo("flowers-256", label, n) for label, count in (("rose", 50), ("tulip", 5)) for n in range(count)]
    many += [photo("clothing-256", "hat", n) for n in range(50)]
    chosen = photos.pick_balanced(many, 20)
    assert sum(p.pack == "clothing-256" for p in chosen) == 10
    assert sum(p.label == "tulip" for p in chosen) == 5


def test_a_photo_of_another_size_is_refused():
    import cv2

    _, encoded = cv2.imencode(".png", np.zeros((10, 10, 3), np.uint8))
    wrong = photos.Photo("a.png", "rose", "flower", 5, "", "MIT", "flowers-256", encoded.tobytes())
    with pytest.raises(ValueError, match="256x256"):
        wrong.image()
