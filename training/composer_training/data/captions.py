"""Four wordings for every example. What is in the caption is true of the picture; what is not certain is left out."""

from __future__ import annotations

import random
import re

from .sources import BY_STYLE

_COLOUR_WORDS = re.compile(r"\b(red|orange|yellow|green|blue|purple|pink|brown|black|white|gr[ae]y|gold(en)?|silver|teal|beige|"
                           r"light|dark)\b")
_SIDE_WORDS = re.compile(r"\b(left|right|facing|east|west)\b")
# Names that take no article although they end like a singular.
_MASS = frozenset(("fire", "fog", "rain", "snow", "wind", "hail", "sleet", "drizzle", "mist", "music", "bread", "bacon", "cheese wedge",
                   "rice", "cooked rice", "curry rice", "shaved ice", "soft ice cream", "ice", "salt", "butter", "sushi", "oden",
                   "spaghetti", "dango", "sake", "poultry leg", "peas", "people", "hair", "corn", "garlic", "ginger", "foggy",
                   "electricity", "cloudy", "zzz", "om", "news", "collaboration", "engineering", "pants", "jeans", "shorts",
                   "popcorn", "eyes", "ears", "lungs", "chopsticks", "people hugging", "people wrestling", "yoghurt", "milk", "cabbage"))
_ENDS_IN_S_BUT_ONE = ("ss", "us", "is", "as", "os", "virus", "lens", "abacus", "christmas")


def article(label: str) -> str:
    """`label` with a or an, unless it is a plural or has no article."""
    head = label.split(" with ")[0].split(" in ")[0].split(" of ")[0].split(" on ")[0]
    plural = head.endswith("s") and not head.endswith(_ENDS_IN_S_BUT_ONE)
    if plural or label in _MASS or label[0].isdigit():
        return label
    vowel = label[0] in "aeiou" and not label.startswith(("uni", "eu", "one", "us", "ut"))
    return f"{'an' if vowel or label.startswith(('hour', 'honest')) else 'a'} {label}"


def named(label: str, colour: str | None) -> str:
    """The label with its colour before it, where the colour is sure and the label names none."""
    return f"{colour} {label}" if colour and not _COLOUR_WORDS.search(label) else label


def style_phrases(style: str) -> tuple[str, tuple[str, ...]]:
    """Short style word and the nouns for it."""
    words = BY_STYLE[style].style_words
    return words[0], words[1:]


def single_captions(rng: random.Random, label: str, tags: tuple[str, ...], style: str, background: str,
                    colour: str | None) -> list[str]:
    """Captions of one drawing. `background` is a phrase as "on a white background", or ""."""
    short, nouns = style_phrases(style)
    coloured = named(label, colour)
    ground = f" {background}" if background else ""
    useful = [tag.lower() for tag in tags if tag.lower() not in label and not _SIDE_WORDS.search(tag.lower()) and len(tag) > 2]
    first = f"{article(label)}, {rng.choice(nouns)}{rng.choice([ground, ''])}"
    terse = rng.choice((f"{coloured} {short}", f"{coloured}, {short}", f"{short} {label}"))
    noun = rng.choice(nouns)
    formal = f"{article(noun)} of {article(coloured)}{rng.choice([ground, ground, ''])}"
    if useful and rng.random() < 0.5:
        keywords = ", ".join([label, *rng.sample(useful, min(2, len(useful))), rng.choice(nouns)])
    else:
        keywords = f"{article(coloured)}{ground or ', ' + short}"
    return [first, terse, formal, keywords]


def photo_captions(rng: random.Random, label: str, broader: str, has_article: bool, colour: str | None) -> list[str]:
    """Captions of a photo of one kind of thing."""
    thing = article(label) if has_article else label
    coloured = article(named(label, colour)) if has_article else named(label, colour)
    return [f"a photo of {thing}", f"{named(label, colour)} photo",
            rng.choice((f"a photograph of {coloured}", f"a close-up photo of {coloured}", f"{coloured}, photo")),
            rng.choice((f"{label}, {broader}, photo", f"a picture of {thing}"))]


def join_names(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def relation(first: dict, second: dict, sides: bool) -> str:
    """How `first` stands to `second`: each has centre x, y and size in pixels, `front` higher = nearer."""
    dx, dy = first["x"] - second["x"], first["y"] - second["y"]
    if sides and abs(dx) > 0.3 * (first["size"] + second["size"]) / 2 and abs(dx) >= abs(dy):
        return "to the left of" if dx < 0 else "to the right of"
    if abs(dy) > 0.45 * (first["size"] + second["size"]) / 2 and abs(dy) > abs(dx):
        return "above" if dy < 0 else "below"
    near = (first["size"] + second["size"]) / 2
    if (dx * dx + dy * dy) ** 0.5 < 0.55 * near:
        return "in front of" if first["front"] > second["front"] else "behind"
    return "next to"


def scene_captions(rng: random.Random, objects: list[dict], style: str | None, background: str, sides: bool) -> list[str]:
    """Captions of several objects: who is where. `sides` allows "left" and "right" (then the scene must not be mirrored).

    Each object has `label`, `colour` (or None), `x`, `y`, `size`, `front`.
    """
    plain = [article(o["label"]) for o in objects]
    coloured = [article(named(o["label"], o["colour"])) for o in objects]
    short, nouns = style_phrases(style) if style else ("mixed styles", ("illustration", "drawing"))
    ground = f" {background}" if background else ""
    order = list(range(len(objects)))
    if sides:
        order.sort(key=lambda i: objects[i]["x"])
    listed = join_names([plain[i] for i in order])
    if len(objects) == 1:
        o = objects[0]
        horizontal = ("on the left" if o["x"] < 95 else "on the right" if o["x"] > 161 else "in the middle") if sides else ""
        vertical = "at the top" if o["y"] < 95 else "at the bottom" if o["y"] > 161 else ""
        where = " ".join(part for part in (vertical, horizontal) if part) or ("small" if o["size"] < 120 else "")
        spot = f" {where}" if where and where != "small" else ""
        lead = f"a small {o['label']}" if where == "small" and not plain[0] == o["label"] else plain[0]
        return [f"{lead}{spot}, {rng.choice(nouns)}", f"{article(rng.choice(nouns))} of {coloured[0]}{spot}{ground}",
                f"{o['label']}{spot}, {short}", f"{coloured[0]}{ground}"]
    i, j = rng.sample(range(len(objects)), 2)
    told = f"{coloured[i]} {relation(objects[i], objects[j], sides)} {coloured[j]}"
    told_plain = f"{plain[i]} {relation(objects[i], objects[j], sides)} {plain[j]}"
    rest = [plain[k] for k in order if k not in (i, j)]
    also = f", with {join_names(rest)}" if rest else ""
    lined = f"{listed} from left to right" if sides and len(objects) > 2 else listed
    return [f"{told_plain}{also}, {rng.choice(nouns)}{rng.choice([ground, ''])}", f"{told}{also}{ground}",
            f"{lined}, {short}", f"{article(rng.choice(nouns))} of {listed}{ground}"]


def is_sided(captions: list[str]) -> bool:
    """Whether a caption speaks of sides, so that a mirror image would make it false."""
    return any(_SIDE_WORDS.search(caption) for caption in captions)
