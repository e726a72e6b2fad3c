"""Every drawing with its name, tags and category, before a single pixel is drawn."""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from .sources import BY_STYLE

CATEGORIES = ("background", "face", "person", "body part", "animal", "plant", "food", "drink", "building", "vehicle",
              "nature", "clothing", "object", "activity", "symbol", "other")
_CATEGORY = {name: index for index, name in enumerate(CATEGORIES)}

# Unicode group and subgroup (emojibase numbering) to our categories; the subgroup wins over the group.
_BY_GROUP = {0: "face", 1: "person", 2: "other", 3: "animal", 4: "food", 5: "building", 6: "activity", 7: "object",
             8: "symbol", 9: "symbol"}
_BY_SUBGROUP = {14: "symbol", 15: "symbol", **{s: "body part" for s in range(16, 23)}, 31: "person", 40: "plant", 41: "plant",
                47: "drink", 48: "object", 49: "nature", 50: "nature", 54: "vehicle", 55: "vehicle", 56: "vehicle",
                57: "object", 58: "object", 59: "nature", 65: "clothing"}
_BY_LABEL = {"foggy": "nature", "night with stars": "nature", "sunrise over mountains": "nature", "sunrise": "nature",
             "sunset": "nature", "hot springs": "nature", "footprints": "symbol", "spider web": "nature",
             "paw prints": "symbol", "umbrella": "object", "fire": "nature", "droplet": "nature"}

# Subgroups whose glyphs carry letters, digits, arrows, hands of a clock or notes: a mirror image would be false.
_UNFLIPPABLE_SUBGROUPS = frozenset((58, 67, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 95, 97))
_UNFLIPPABLE_WORDS = re.compile(
    r"\b(left|right|east|west|clock\w*|watch|calendar|flag|letter|number|button|abc|sign|newspaper|dollar|euro|yen|pound|"
    r"keyboard|computer|ruler|book|scroll|page|memo|chart|music\w*|score|hundred|sos|atm|barber|calculator|id|label|"
    r"receipt|ticket|dice|die|joker|mahjong|playing|soon|back|end|top|zzz|ok|new|cool|free|piano|abacus|slot|tear-off|"
    r"spiral|pager|money|1st|2nd|3rd|medal|post|office|bank|hospital|hotel|convenience|police|taxi|bus|ambulance|exchange|speech|"
    r"writing|facing)\b")

_SKIPPED_SUBGROUPS = frozenset((32, 33, 94, 98, 99))  # skin tones, hair, keycaps, country and region flags

# Icons that are brands, file formats or bare user-interface arrows: they have no name a person would type.
_SKIPPED_ICONS = re.compile(
    r"android|bbc|debian|dribbble|google|icons8|ipad|iphone|kindle|linux|nook|reddit|steam|stumbleupon|vlc|wikipedia|"
    r"-logo|sorting|trademark|copy(left|right)|^(left|right|up|down|next|previous|redo|undo)|collapse|expand|row|column|"
    r"database|data-|nfc|mms|sms|sim-card|advertising|faq|vip|about|accept|approv|process|template|workflow|self-service|"
    r"^(about|ok|list|menu|info|link|leave|feed-in|external|internal|export|import|refresh|reuse|service|rules)$")
_SKIPPED_WEATHER = re.compile(
    r"code-|uv-|beaufort|flag-|time-|celsius|fahrenheit|not-available|extreme|pressure|tide|alert|-alt|measure|dust|smoke|"
    r"haze|overcast|humidity|mercury|offshore|onshore|moon-|colder|warmer|water")


@dataclass(frozen=True)
class Glyph:
    """One drawing: a thing (`concept`) in one style."""

    concept: str  # the same in every style; decides the split
    label: str
    tags: tuple[str, ...]
    category: int  # index into CATEGORIES
    style: str
    file: str  # file or icon name inside the source
    flippable: bool

    @property
    def name(self) -> str:
        """Unique and stable: seeds everything random about this drawing."""
        return f"{self.style}/{self.file}"


def split_of(concept: str) -> str:
    """`val` for 5% of all concepts, by hash: a thing held out is held out in every style and every scene."""
    return "val" if int.from_bytes(hashlib.sha256(concept.encode()).digest()[:8], "big") % 20 == 0 else "train"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("’", "").replace("'", "")).strip("-")


def _plain_hex(code: str) -> str:
    """Code points without the variation selector and without leading zeros, so that all sources agree."""
    return "-".join(part.lstrip("0").upper() for part in code.upper().split("-") if part != "FE0F")


@functools.cache
def _emoji(modules: Path) -> dict[str, dict]:
    """Plain hexcode -> emojibase record, without skin tones, flags of countries, keycaps."""
    records = json.loads((modules / "emojibase-data/en/data.json").read_text())
    return {_plain_hex(record["hexcode"]): record for record in records
            if record.get("group") is not None and record.get("subgroup") not in _SKIPPED_SUBGROUPS}


@functools.cache
def _names(modules: Path) -> dict[str, str]:
    """Any usual name, squeezed to letters and digits -> plain hexcode. Earlier name lists win."""
    emoji = _emoji(modules)
    names: dict[str, str] = {}

    def add(name: str, code: str) -> None:
        names.setdefault(re.sub(r"[^a-z0-9]", "", name.lower()), code)

    for code, record in emoji.items():
        add(_slug(record["label"]), code)
    unicode_names = json.loads((modules / "emojibase-data/meta/unicode-names.json").read_text())
    for hexcode, name in unicode_names.items():
        if _plain_hex(hexcode) in emoji:
            add(name, _plain_hex(hexcode))
    for listing in sorted((modules / "emojibase-data/en/shortcodes").glob("*.json")):
        for hexcode, codes in json.loads(listing.read_text()).items():
            if _plain_hex(hexcode) in emoji:
                for shortcode in [codes] if isinstance(codes, str) else codes:
                    add(shortcode, _plain_hex(hexcode))
    return names


def _emoji_glyph(modules: Path, code: str, style: str, file: str) -> Glyph:
    record = _emoji(modules)[code]
    label = record["label"].lower().replace("’", "'").replace(":", "")
    subgroup = record["subgroup"]
    if label.endswith(("o'clock", "-thirty")):
        label = f"clock at {label}"
    category = _BY_LABEL.get(label) or _BY_SUBGROUP.get(subgroup) or _BY_GROUP[record["group"]]
    flippable = subgroup not in _UNFLIPPABLE_SUBGROUPS and not _UNFLIPPABLE_WORDS.search(label)
    return Glyph(code, label, tuple(record.get("tags", ())), _CATEGORY[category], style, file, flippable)


def _icon_names(modules: Path, package: str) -> list[str]:
    return sorted(json.loads((modules / package / "icons.json").read_text())["icons"])


def glyphs(modules: Path) -> list[Glyph]:
    """All drawings of all styles, in a fixed order."""
    emoji = _emoji(modules)
    names = _names(modules)
    found: dict[tuple[str, str], Glyph] = {}

    def add(glyph: Glyph) -> None:
        found.setdefault((glyph.style, glyph.concept), glyph)

    for style, folder, ending in (("3d", "assets", ".webp"), ("twemoji", "", ".svg")):
        for path in sorted((modules / BY_STYLE[style].name / folder).glob(f"*{ending}")):
            code = _plain_hex(path.stem)
            if code in emoji:
                add(_emoji_glyph(modules, code, style, path.name))
    for style in ("flat", "glossy", "noto", "blob", "fx", "emojione"):
        package = BY_STYLE[style].name
        by_char = defaultdict(list)
        chars = modules / package / "chars.json"
        for code, name in (json.loads(chars.read_text()) if chars.exists() else {}).items():
            by_char[name].append(_plain_hex(code))
        for name in _icon_names(modules, package):
            codes = by_char.get(name) or [names.get(name.replace("-", ""), "")]
            for code in codes:
                if code in emoji:
                    add(_emoji_glyph(modules, code, style, name))
    for name in _icon_names(modules, BY_STYLE["icon"].name):
        if not _SKIPPED_ICONS.search(name):
            label = name.replace("-", " ")
            add(Glyph(f"icon:{name}", label, (), _CATEGORY["object"], "icon", name, not _UNFLIPPABLE_WORDS.search(label)))
    for name in _icon_names(modules, BY_STYLE["weather"].name):
        if name.endswith("-fill") and not _SKIPPED_WEATHER.search(name):
            label = name.removesuffix("-fill").replace("-", " ").replace("alt", "").strip()
            add(Glyph(f"weather:{name}", label, ("weather",), _CATEGORY["nature"], "weather", name, True))
    return [found[key] for key in sorted(found)]
