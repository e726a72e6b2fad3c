"""The tiny model of the tests: every kind of layer and tensor, random weights from a seed, never trained.

    python -m composer_training.export --size tiny --out tests/fixtures/models/tiny
"""

from __future__ import annotations

import copy
import json
import string
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn

from .configs import TINY, Size
from .export import card_of, stage_configs, write_model
from .image_encoder import ImageEncoder, Vocabulary
from .networks import Decomposer, Prior, Projection, UNet
from .text_encoder import MAX_TOKENS, TextEncoder

SEED = 20231

WORDS = (
    "a an the of with and in on no red orange yellow green blue purple pink brown black white grey gold apple pear "
    "lemon cherry banana bread cake pizza tea coffee cat dog fox bird fish horse face head hand eye heart star sun "
    "moon cloud rain snow tree flower leaf rose tulip car bus train bike boat plane rocket house castle church tower "
    "shirt dress shoe hat bag crown ball bell book key lamp phone clock cup person man woman child baby girl boy "
    "smiling happy sad angry sleeping big small old new light dark round flat shiny emoji photo drawing picture icon "
    "style sky sea beach mountain forest city night day left right above below between two three four group single"
).split()  # fmt: skip
LABELS = ("red apple", "green apple", "cat", "dog", "blue fish", "yellow star", "house", "rocket", "rainbow cloud", "black hat")
"""The labels that the tiny model guesses from."""

PIECES = "s es ed ing er est ly y al ion tion able ful less ness ment or ar en et in on un re th ch sh".split()
SYMBOLS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~£€°·–—’“”…"
OTHER_LETTERS = "ßæøœαβγδλμπσωабвгдежзиклмнопрстуяあい猫犬花火水山日本"


def tiny_vocabulary() -> list[str]:
    """About 400 WordPiece tokens; the place in the list is the token's id."""
    letters = string.ascii_lowercase + string.digits
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens += [*letters, *SYMBOLS, *OTHER_LETTERS]
    tokens += [f"##{letter}" for letter in letters]
    tokens += [f"##{piece}" for piece in PIECES if len(piece) > 1]
    tokens += WORDS
    return list(dict.fromkeys(tokens))


def tiny_tokenizer_json() -> str:
    """A tokenizer of the same kind as MiniLM's: BERT's normaliser and splitter, then WordPiece."""
    vocabulary = {token: index for index, token in enumerate(tiny_vocabulary())}
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    definition = {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": MAX_TOKENS, "strategy": "LongestFirst", "stride": 0},
        "padding": None,
        "added_tokens": [{"id": vocabulary[t], "content": t, **flags} for t in special],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
            ],
            "pair": [
                {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                {"Sequence": {"id": "B", "type_id": 1}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 1}},
            ],
            "special_tokens": {
                t: {"id": t, "ids": [vocabulary[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")
            },
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
    }
    return json.dumps(definition, ensure_ascii=False, separators=(",", ":")) + "\n"


def tiny_size() -> Size:
    """The tiny size with the length of its vocabulary filled in."""
    size = copy.deepcopy(TINY)
    size.text_encoder.vocab_size = len(tiny_vocabulary())
    return size


def randomize(module: nn.Module) -> None:
    """Random values in every tensor: a layer left at zero or one would hide a reader's mistake."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() >= 2 and name.endswith("weight"):
                fan_in = parameter[0].numel()
                embedding = "embeddings" in name
                parameter.normal_(0, 0.5 if embedding else (0.8 / fan_in) ** 0.5)
            elif "norm" in name.lower() and name.endswith("weight"):
                parameter.normal_(1, 0.1)
            else:
                parameter.normal_(0, 0.1)


def tiny_networks() -> dict[str, nn.Module]:
    """All stages."""
    size = tiny_size()
    torch.manual_seed(SEED)
    networks = {
        "text_encoder": TextEncoder(size.text_encoder),
        "projection": Projection(size.feature_dim, size.text_encoder.hidden_size, size.base.semantics_dim),
        "prior": Prior(size.prior),
        "base": UNet(size.base),
        "upsampler": UNet(size.upsampler),
        "decomposer": Decomposer(size.decomposer),
    }
    for network in networks.values():
        randomize(network)
        network.eval()
    # Later stages have a seed of their own, so that those before them keep their weights, and their golden tensors.
    torch.manual_seed(SEED + 1)
    networks["image_encoder"] = ImageEncoder(size.image_encoder)
    randomize(networks["image_encoder"])
    with torch.no_grad():
        for parameter in networks["image_encoder"].parameters():
            if parameter.dim() >= 2:
                parameter *= 2.0  # there is no norm that keeps the signal up from layer to layer
    networks["image_encoder"].eval()
    networks["vocabulary"] = tiny_label_vocabulary(networks)
    return networks


@torch.no_grad()
def tiny_label_vocabulary(networks: dict[str, nn.Module]) -> Vocabulary:
    """A few words in the space of the tiny projection."""
    tokenizer = Tokenizer.from_str(tiny_tokenizer_json())
    ids = [torch.tensor([tokenizer.encode(label).ids]) for label in LABELS]
    sentences = torch.cat([networks["text_encoder"](i)[1] for i in ids])
    return Vocabulary(list(LABELS), networks["projection"].encode_text(sentences))


def write_tiny(folder: Path) -> None:
    """Writes the tiny model, two of its tensors as int4."""
    configs = stage_configs(tiny_size())
    networks = tiny_networks()
    configs["vocabulary"] = networks["vocabulary"].stage_config
    stages = {name: (configs[name], network) for name, network in networks.items()}
    int4 = {
        "text_encoder": frozenset({"embeddings.word_embeddings.weight"}),
        "prior": frozenset({"transformer_blocks.0.linear_1.weight"}),
    }
    card = card_of("tiny", "Random weights for tests", [], {"samples": 0, "seed": SEED})
    write_model(folder, card, tiny_tokenizer_json(), stages, int4)
