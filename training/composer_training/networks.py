"""The trained networks, as PyTorch modules.

Field and parameter names follow diffusers where a name exists there; the Rust engine loads a tensor by the same
path, so renaming a field here is a change of the weight format.

| network    | class               | input -> output                                             |
|------------|---------------------|-------------------------------------------------------------|
| projection | `Projection`        | image features, sentence -> two unit vectors in one space   |
| decomposer | `Decomposer`        | picture 256 -> sketch 256, instances 64, depth 64           |
| layout     | `Layout` of a `UNet` | sentence + semantics + palette -> picture 32               |
| base       | `UNet`              | noisy picture 64 + conditions -> v                          |
| upsampler  | `UNet`              | noisy residual 256 + picture 64 + conditions -> v           |
| prior      | `Prior`             | noisy semantics + caption -> semantics                      |
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LOCAL_CONDITIONS = ("sketch", "instances", "depth", "intensity", "masking")
"""Order of the local conditions in every tensor that lists them."""

GLOBAL_CONDITIONS = ("caption", "semantics", "palette")
"""Order of the global conditions likewise."""

CATEGORIES = (
    "background", "face", "person", "body part", "animal", "plant", "food", "drink",
    "building", "vehicle", "nature", "clothing", "object", "activity", "symbol", "other",
)  # fmt: skip

LOCAL_CHANNELS = {"sketch": 1, "instances": len(CATEGORIES) + 1, "depth": 1, "intensity": 1, "masking": 4}


def timestep_embedding(timesteps: Tensor, channels: int) -> Tensor:
    """Sinusoidal embedding, cosines first (diffusers: `flip_sin_to_cos=True`, `downscale_freq_shift=0`).

    `timesteps`: `[batch]`, any number type. Returns `[batch, channels]`.
    """
    half = channels // 2
    frequencies = torch.exp(-math.log(10_000.0) * torch.arange(half, device=timesteps.device) / half)
    angles = timesteps.float()[:, None] * frequencies[None]
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class TimestepEmbedding(nn.Module):
    """Linear - SiLU - Linear: `[batch, in]` -> `[batch, out]`. Also projects each global condition."""

    def __init__(self, in_channels: int, time_embed_dim: int):
        super().__init__()
        self.linear_1 = nn.Linear(in_channels, time_embed_dim)
        self.linear_2 = nn.Linear(time_embed_dim, time_embed_dim)

    def forward(self, sample: Tensor) -> Tensor:
        return self.linear_2(F.silu(self.linear_1(sample)))


class ResnetBlock(nn.Module):
    """Residual block with scale-shift timestep conditioning (guided-diffusion)."""

    def __init__(self, in_channels: int, out_channels: int, time_embed_dim: int, groups: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, in_channels, eps=1e-5)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.time_emb_proj = nn.Linear(time_embed_dim, 2 * out_channels)
        self.norm2 = nn.GroupNorm(groups, out_channels, eps=1e-5)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(in_channels, out_channels, 1) if in_channels != out_channels else None
        # Each block begins as the identity, which is what keeps a deep stack trainable.
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, sample: Tensor, temb: Tensor) -> Tensor:
        hidden = self.conv1(F.silu(self.norm1(sample)))
        scale, shift = self.time_emb_proj(F.silu(temb))[:, :, None, None].chunk(2, dim=1)
        hidden = self.conv2(F.silu(self.norm2(hidden) * (1 + scale) + shift))
        if self.conv_shortcut is not None:
            sample = self.conv_shortcut(sample)
        return sample + hidden


class Attention(nn.Module):
    """Attention of a feature map over itself and the context tokens at once (GLIDE, 2112.10741, section 2).

    `sample`: `[batch, channels, height, width]`; `context`: `[batch, tokens, context_dim]`;
    `context_bias`: `[batch, tokens]`, 0 where a token counts and a large negative number where it is padding.
    """

    def __init__(self, channels: int, context_dim: int, head_dim: int, groups: int):
        super().__init__()
        self.heads = channels // head_dim
        self.group_norm = nn.GroupNorm(groups, channels, eps=1e-5)
        self.to_q = nn.Linear(channels, channels)
        self.to_k = nn.Linear(channels, channels)
        self.to_v = nn.Linear(channels, channels)
        self.add_k_proj = nn.Linear(context_dim, channels)
        self.add_v_proj = nn.Linear(context_dim, channels)
        self.to_out = nn.Linear(channels, channels)
        nn.init.zeros_(self.to_out.weight)
        nn.init.zeros_(self.to_out.bias)

    def forward(self, sample: Tensor, context: Tensor, context_bias: Tensor) -> Tensor:
        batch, channels, height, width = sample.shape
        hidden = self.group_norm(sample).flatten(2).transpose(1, 2)  # [batch, pixels, channels]

        def split(x: Tensor) -> Tensor:
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # [batch, heads, tokens, head_dim]

        query = split(self.to_q(hidden))
        key = split(torch.cat([self.to_k(hidden), self.add_k_proj(context)], dim=1))
        value = split(torch.cat([self.to_v(hidden), self.add_v_proj(context)], dim=1))
        bias = torch.cat([context_bias.new_zeros(batch, height * width), context_bias], dim=1)
        hidden = F.scaled_dot_product_attention(query, key, value, attn_mask=bias[:, None, None, :].to(query.dtype))
        hidden = self.to_out(hidden.transpose(1, 2).flatten(2))
        return sample + hidden.transpose(1, 2).unflatten(2, (height, width))


class Stem(nn.Module):
    """One local condition to the common width: `[batch, channels, H, W]` -> `[batch, width, H/patch, W/patch]`."""

    def __init__(self, channels: int, width: int, patch_size: int):
        super().__init__()
        self.patch_size = patch_size
        self.conv_1 = nn.Conv2d(channels * patch_size**2, width, 3, padding=1)
        self.conv_2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, condition: Tensor) -> Tensor:
        return self.conv_2(F.silu(self.conv_1(F.pixel_unshuffle(condition, self.patch_size))))


class Block(nn.Module):
    """A run of residual blocks, each followed by attention where the level has it, then a change of resolution."""

    def __init__(
        self,
        in_channels: list[int],
        out_channels: int,
        attention: bool,
        downsample_to: int | None,
        upsample_to: int | None,
        config: UNetConfig,
    ):
        super().__init__()
        self.resnets = nn.ModuleList(
            ResnetBlock(channels, out_channels, config.time_embed_dim, config.norm_num_groups)
            for channels in in_channels
        )
        self.attentions = nn.ModuleList(
            Attention(out_channels, config.context_dim, config.attention_head_dim, config.norm_num_groups)
            for _ in in_channels
            if attention
        )
        self.downsampler = nn.Conv2d(out_channels, downsample_to, 3, stride=2, padding=1) if downsample_to else None
        # At the low resolution and before the nearest-neighbour step: a quarter of the work of the usual order.
        self.upsampler = nn.Conv2d(out_channels, upsample_to, 3, padding=1) if upsample_to else None

    def layer(self, index: int, sample: Tensor, temb: Tensor, context: Tensor, context_bias: Tensor) -> Tensor:
        sample = self.resnets[index](sample, temb)
        if len(self.attentions):
            sample = self.attentions[index](sample, context, context_bias)
        return sample


@dataclass
class UNetConfig:
    """Everything that fixes a `UNet`'s shape; written into the manifest as it stands."""

    sample_size: int = 64
    """Height and width of the sample, in pixels."""
    patch_size: int = 2
    """Pixels of the sample that one position of the network's finest level covers, along one axis."""
    image_channels: int = 0
    """Channels of an image given beside the noisy sample (the upsampler's low-resolution picture)."""
    block_out_channels: list[int] = field(default_factory=lambda: [48, 96, 160])
    layers_per_block: int = 1
    attention: list[bool] = field(default_factory=lambda: [False, False, True])
    mid_layers: int = 2
    attention_head_dim: int = 32
    norm_num_groups: int = 16
    time_channels: int = 128
    """Width of the sinusoidal embedding."""
    time_embed_dim: int = 256
    context_dim: int = 128
    stem_channels: int = 16
    token_dim: int = 384
    semantics_dim: int = 256
    palette_dim: int = 156
    context_tokens: int = 4
    """Context tokens made of the semantics, and as many of the palette."""
    instance_channels: int = LOCAL_CHANNELS["instances"]
    layout_dim: int = 0
    """Inner width of the layout; 0: there is none."""


class Layout(nn.Module):
    """The picture that the global conditions let one expect, as fine as the network's finest level: `[batch, 3, side, side]` in
    [-1, 1].

    The semantics of a held-out drawing tell about half the variance of its picture, and plain regression learns that in minutes
    (`layout.py`); 400,000 samples of diffusion had taught a base without it colours and no shapes.
    """

    def __init__(self, config: UNetConfig):
        super().__init__()
        self.side = config.sample_size // config.patch_size
        given = config.token_dim + config.semantics_dim + config.palette_dim
        self.linear_1 = nn.Linear(given, config.layout_dim)
        self.linear_2 = nn.Linear(config.layout_dim, config.layout_dim)
        self.linear_3 = nn.Linear(config.layout_dim, 3 * self.side**2)

    def forward(self, sentence: Tensor, semantics: Tensor, palette: Tensor, weight: Tensor) -> Tensor:
        """As in `Conditions`; `weight` is `global_weight`. Each arrives as a vector of length sqrt(dim), times its weight."""
        parts = [sentence, semantics, palette.sqrt()]
        given = [part * part.shape[1] ** 0.5 * weight[:, i, None] for i, part in enumerate(parts)]
        hidden = F.silu(self.linear_1(torch.cat(given, dim=1)))
        hidden = hidden + F.silu(self.linear_2(hidden))
        return self.linear_3(hidden).unflatten(-1, (3, self.side, self.side))


@dataclass
class Conditions:
    """A batch of conditions. `*_weight`: 0 = absent, 1 = as trained; a weight between is allowed at sampling time.

    Globals: `tokens` `[batch, words, token_dim]`, `token_mask` `[batch, words]` (1 = word, 0 = padding),
    `sentence` `[batch, token_dim]`, `semantics` `[batch, semantics_dim]`, `palette` `[batch, palette_dim]`,
    `global_weight` `[batch, 3]` in the order of `GLOBAL_CONDITIONS`.

    Locals: one tensor `[batch, channels, size, size]` a condition, `local_weight` `[batch, 5]` in the order of
    `LOCAL_CONDITIONS`; a condition that is `None` is absent for the whole batch.
    """

    tokens: Tensor
    token_mask: Tensor
    sentence: Tensor
    semantics: Tensor
    palette: Tensor
    global_weight: Tensor
    local: dict[str, Tensor | None]
    local_weight: Tensor


SPREAD = 0.85
"""What is left of the surroundings' colour from one level of `surroundings` to the next, twice as coarse."""

SHOWN = 0.75
"""The masking's own stem counts for so much less where the layout shows already what is kept: it draws the hole's outline."""


def surroundings(masking: Tensor, side: int) -> Tensor:
    """What is kept of a picture, and what shines from there into the hole: color times cover, and cover, `[batch, 4, side, side]`.

    `masking`: `[batch, 4, size, size]`. A pull and push over ever coarser levels (Gortler et al., "The Lumigraph", 1996), but
    fading: deep inside a large hole nothing covers what the layout has there.
    """
    mean = F.avg_pool2d(masking, masking.shape[-1] // side)
    whole = (mean[:, 3:] > 0.999).to(mean.dtype)

    def spread(level: Tensor) -> Tensor:
        if level.shape[-1] % 2:
            return level
        coarser = F.interpolate(spread(F.avg_pool2d(level, 2)), scale_factor=2, mode="bilinear")
        return level + (1 - level[:, 3:]) * SPREAD * coarser

    return spread(torch.cat([mean[:, :3] * whole, whole], dim=1))


class UNet(nn.Module):
    """The denoiser of base and upsampler (SPEC section 2); predicts v or x0.

    Global conditions are added to the timestep embedding, and enter the attention as context tokens
    `[words, 4 of the semantics, 4 of the palette]`. An absent one is a learned null input; a weight w moves the input
    to `null + w (input - null)`. Local conditions pass a stem each, are scaled by their weight, summed, and
    concatenated to the sample, so that an absent one is a zero embedding. Where nothing local is given, or only a part of a
    picture, the layout, if the config has one, takes its place: the network's own picture of what the globals say, behind
    what is kept and `surroundings`, through a stem of its own.
    """

    prediction_type: str = "v_prediction"
    """What the output means: v, or the sample x0 itself ("sample")."""

    def __init__(self, config: UNetConfig):
        super().__init__()
        self.config = config
        c, dims = config, config.block_out_channels
        self.time_embedding = TimestepEmbedding(c.time_channels, c.time_embed_dim)
        self.caption_embedding = TimestepEmbedding(c.token_dim, c.time_embed_dim)
        self.semantics_embedding = TimestepEmbedding(c.semantics_dim, c.time_embed_dim)
        self.palette_embedding = TimestepEmbedding(c.palette_dim, c.time_embed_dim)
        self.null_caption = nn.Parameter(torch.zeros(c.token_dim))
        self.null_semantics = nn.Parameter(torch.zeros(c.semantics_dim))
        self.null_palette = nn.Parameter(torch.zeros(c.palette_dim))
        self.caption_tokens = nn.Linear(c.token_dim, c.context_dim)
        self.semantics_tokens = nn.Linear(c.semantics_dim, c.context_tokens * c.context_dim)
        self.palette_tokens = nn.Linear(c.palette_dim, c.context_tokens * c.context_dim)
        self.stems = nn.ModuleDict(
            {
                name: Stem(
                    c.instance_channels if name == "instances" else LOCAL_CHANNELS[name], c.stem_channels, c.patch_size
                )
                for name in LOCAL_CONDITIONS
            }
        )
        self.layout = Layout(c) if c.layout_dim else None
        if self.layout is not None:
            self.stems["layout"] = Stem(3, c.stem_channels, patch_size=1)
        self.scale_condition_inputs()
        pixels = c.patch_size**2
        self.conv_in = nn.Conv2d((3 + c.image_channels) * pixels + c.stem_channels, dims[0], 3, padding=1)

        self.down_blocks = nn.ModuleList()
        for level, width in enumerate(dims):
            last = level + 1 == len(dims)
            self.down_blocks.append(
                Block(
                    [width] * c.layers_per_block,
                    width,
                    c.attention[level],
                    downsample_to=None if last else dims[level + 1],
                    upsample_to=None,
                    config=c,
                )
            )
        self.mid_block = Block([dims[-1]] * c.mid_layers, dims[-1], True, None, None, c)
        self.up_blocks = nn.ModuleList()
        for level in reversed(range(len(dims))):
            self.up_blocks.append(
                Block(
                    [2 * dims[level]] * c.layers_per_block,
                    dims[level],
                    c.attention[level],
                    downsample_to=None,
                    upsample_to=dims[level - 1] if level else None,
                    config=c,
                )
            )
        self.conv_norm_out = nn.GroupNorm(c.norm_num_groups, dims[0], eps=1e-5)
        self.conv_out = nn.Conv2d(dims[0], 3 * pixels, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)

    def scale_condition_inputs(self) -> None:
        """Initial weights under which every condition arrives with about unit variance beside the noise.

        The default initialisation takes unit inputs for granted; a sketch is mostly zeros and a palette sums to 1, so
        they came in 50 times weaker than the noise, and 30,000 samples did not teach the network to look at them.
        """
        rms = {"sketch": 0.15, "instances": 0.25, "depth": 0.4, "intensity": 0.6, "masking": 0.6, "layout": 0.6}
        norms = {"caption": 1.0, "semantics": 1.0, "palette": 0.2}
        with torch.no_grad():
            for name, stem in self.stems.items():
                stem.conv_1.weight *= 3**0.5 / rms[name]
                stem.conv_2.weight *= 3.0  # SiLU leaves about a third of the variance, the default another third
            for name, norm in norms.items():
                first = getattr(self, f"{name}_embedding").linear_1
                first.weight *= (3 * first.in_features) ** 0.5 / norm
            self.semantics_tokens.weight *= (3 * self.config.semantics_dim) ** 0.5 / norms["semantics"]
            self.palette_tokens.weight *= (3 * self.config.palette_dim) ** 0.5 / norms["palette"]

    def embed_globals(self, conditions: Conditions) -> tuple[Tensor, Tensor, Tensor]:
        """Sum of the projected globals `[batch, time_embed_dim]`, context `[batch, tokens, context_dim]` and its bias."""
        caption_weight, semantics_weight, palette_weight = conditions.global_weight.split(1, dim=1)

        def blend(null: Tensor, value: Tensor, weight: Tensor) -> Tensor:
            return null + weight * (value - null)

        sentence = blend(self.null_caption, conditions.sentence, caption_weight)
        semantics = blend(self.null_semantics, conditions.semantics, semantics_weight)
        palette = blend(self.null_palette, conditions.palette, palette_weight)
        embedding = (
            self.caption_embedding(sentence) + self.semantics_embedding(semantics) + self.palette_embedding(palette)
        )
        tokens = self.caption_tokens(conditions.tokens) * caption_weight[:, :, None]
        shape = (self.config.context_tokens, self.config.context_dim)
        context = torch.cat(
            [
                tokens,
                self.semantics_tokens(semantics).unflatten(-1, shape),
                self.palette_tokens(palette).unflatten(-1, shape),
            ],
            dim=1,
        )
        present = conditions.token_mask * (caption_weight > 0)
        always = present.new_ones(present.shape[0], 2 * self.config.context_tokens)
        context_bias = (torch.cat([present, always], dim=1) - 1) * 1e4
        return embedding, context, context_bias

    def layout_weight(self, conditions: Conditions) -> Tensor:
        """`[batch]`: as much as the globals or a masking weigh, the less the more another local condition does.

        With nothing given it is 0: guidance by local conditions must not push away from the average picture.
        """
        *others, kept = conditions.local_weight.clamp(0, 1).unbind(1)
        strongest = torch.cat([conditions.global_weight, kept[:, None]], dim=1).amax(1).clamp(0, 1)
        return strongest * (1 - torch.stack(others).amax(0))

    def embed_layout(self, conditions: Conditions, side: int) -> Tensor:
        """`[batch, stem_channels, side, side]`: the layout, behind what is kept of a picture."""
        given = (conditions.sentence, conditions.semantics, conditions.palette, conditions.global_weight)
        picture = self.layout(*given)
        if side != self.layout.side:  # training at half the side
            picture = F.adaptive_avg_pool2d(picture, side)
        masking = conditions.local.get("masking")
        if masking is not None:
            kept = conditions.local_weight[:, -1, None, None, None].clamp(0, 1)
            color, cover = (surroundings(masking, side) * kept).split((3, 1), dim=1)
            picture = color + (1 - cover) * picture
        return self.stems["layout"](picture)

    def embed_locals(self, conditions: Conditions, side: int) -> Tensor | float:
        """Weighted sum of the stems, `[batch, stem_channels, side, side]` with `side` of size / patch."""
        total: Tensor | float = 0.0
        weights = conditions.local_weight
        if self.layout is not None:
            gate = self.layout_weight(conditions)
            total = self.embed_layout(conditions, side) * gate[:, None, None, None]
            weights = torch.cat([weights[:, :-1], (weights[:, -1] * (1 - SHOWN * gate))[:, None]], dim=1)
        for index, name in enumerate(LOCAL_CONDITIONS):
            condition = conditions.local.get(name)
            if condition is not None:
                total = total + self.stems[name](condition) * weights[:, index, None, None, None]
        return total

    def forward(self, sample: Tensor, timestep: Tensor, conditions: Conditions, image: Tensor | None = None) -> Tensor:
        """Predicts v, or x0 (`prediction_type`).

        `sample`: `[batch, 3, size, size]`; `timestep`: `[batch]`, 0..999; `image`: `[batch, image_channels, size,
        size]` (the 64-pixel picture enlarged bilinearly) or `None`. Returns the shape of `sample`.
        """
        globals_, context, context_bias = self.embed_globals(conditions)
        temb = self.time_embedding(timestep_embedding(timestep, self.config.time_channels).to(sample.dtype)) + globals_

        pixels = sample if image is None else torch.cat([sample, image], dim=1)
        hidden = F.pixel_unshuffle(pixels, self.config.patch_size)
        local = self.embed_locals(conditions, hidden.shape[-1])
        if not isinstance(local, Tensor):
            local = hidden.new_zeros(hidden.shape[0], self.config.stem_channels, *hidden.shape[2:])
        hidden = self.conv_in(torch.cat([hidden, local.to(hidden.dtype)], dim=1))

        skips: list[Tensor] = []
        for block in self.down_blocks:
            for index in range(len(block.resnets)):
                hidden = block.layer(index, hidden, temb, context, context_bias)
                skips.append(hidden)
            if block.downsampler is not None:
                hidden = block.downsampler(hidden)
        for index in range(len(self.mid_block.resnets)):
            hidden = self.mid_block.layer(index, hidden, temb, context, context_bias)
        for block in self.up_blocks:
            for index in range(len(block.resnets)):
                hidden = block.layer(
                    index, torch.cat([hidden, skips.pop()], dim=1), temb, context, context_bias
                )
            if block.upsampler is not None:
                hidden = F.interpolate(block.upsampler(hidden), scale_factor=2, mode="nearest")
        hidden = self.conv_out(F.silu(self.conv_norm_out(hidden)))
        return F.pixel_shuffle(hidden, self.config.patch_size)


@dataclass
class PriorConfig:
    """Shape of the prior."""

    hidden_dim: int = 256
    num_layers: int = 4
    attention_head_dim: int = 64
    max_words: int = 64
    token_dim: int = 384
    semantics_dim: int = 256
    time_channels: int = 128


class PriorLayer(nn.Module):
    """Pre-norm transformer layer with a bias on the attention scores."""

    def __init__(self, dim: int, head_dim: int):
        super().__init__()
        self.heads = dim // head_dim
        self.norm1 = nn.LayerNorm(dim, eps=1e-5)
        self.to_q = nn.Linear(dim, dim)
        self.to_k = nn.Linear(dim, dim)
        self.to_v = nn.Linear(dim, dim)
        self.to_out = nn.Linear(dim, dim)
        self.norm3 = nn.LayerNorm(dim, eps=1e-5)
        self.linear_1 = nn.Linear(dim, 4 * dim)
        self.linear_2 = nn.Linear(4 * dim, dim)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        def split(x: Tensor) -> Tensor:
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        normed = self.norm1(hidden)
        attended = F.scaled_dot_product_attention(
            split(self.to_q(normed)), split(self.to_k(normed)), split(self.to_v(normed)), attn_mask=bias
        )
        hidden = hidden + self.to_out(attended.transpose(1, 2).flatten(2))
        # tanh form of GELU, which every backend computes alike.
        return hidden + self.linear_2(F.gelu(self.linear_1(self.norm3(hidden)), approximate="tanh"))


class Prior(nn.Module):
    """unCLIP's diffusion prior (2204.06125, section 2.2): predicts the semantics itself, not the noise.

    Causal transformer over `[words, sentence, time, noisy semantics, query]`; the last four have positions of their
    own (the last of `positional_embedding`), however many words there are.
    Inside, semantics are scaled by sqrt(semantics_dim), so that each of their numbers has about unit variance; the
    caller hands over and receives scaled vectors.
    """

    def __init__(self, config: PriorConfig):
        super().__init__()
        self.config = c = config
        self.encoder_hidden_states_proj = nn.Linear(c.token_dim, c.hidden_dim)
        self.embedding_proj = nn.Linear(c.token_dim, c.hidden_dim)
        self.time_embedding = TimestepEmbedding(c.time_channels, c.hidden_dim)
        self.proj_in = nn.Linear(c.semantics_dim, c.hidden_dim)
        self.prd_embedding = nn.Parameter(0.02 * torch.randn(c.hidden_dim))
        self.null_tokens = nn.Parameter(torch.zeros(c.hidden_dim))
        """Stands for every word, and is added to the sentence, where the caption is dropped (for guidance)."""
        self.positional_embedding = nn.Parameter(0.02 * torch.randn(c.max_words + 4, c.hidden_dim))
        self.transformer_blocks = nn.ModuleList(
            PriorLayer(c.hidden_dim, c.attention_head_dim) for _ in range(c.num_layers)
        )
        self.norm_out = nn.LayerNorm(c.hidden_dim, eps=1e-5)
        self.proj_out = nn.Linear(c.hidden_dim, c.semantics_dim)

    def forward(
        self, sample: Tensor, timestep: Tensor, tokens: Tensor, token_mask: Tensor, sentence: Tensor, weight: Tensor
    ) -> Tensor:
        """Predicts the scaled semantics `[batch, semantics_dim]`.

        `sample`: the noisy one, same shape; `tokens`: `[batch, words, token_dim]`, at most `max_words` of them;
        `token_mask`: `[batch, words]`; `sentence`: `[batch, token_dim]`; `weight`: `[batch, 1]`, 0 where the caption is
        dropped. Padding to `max_words` and leaving it out give the same result.
        """
        words = self.encoder_hidden_states_proj(tokens)
        w = weight[:, :, None]
        words = w * words + (1 - w) * self.null_tokens
        summary = weight * self.embedding_proj(sentence) + (1 - weight) * self.null_tokens
        time = self.time_embedding(timestep_embedding(timestep, self.config.time_channels).to(sample.dtype))
        rest = torch.stack([summary, time, self.proj_in(sample), self.prd_embedding.expand_as(time)], dim=1)
        positions = torch.cat([self.positional_embedding[: words.shape[1]], self.positional_embedding[-4:]])
        hidden = torch.cat([words, rest], dim=1) + positions

        length = hidden.shape[1]
        present = torch.cat([token_mask, token_mask.new_ones(token_mask.shape[0], 4)], dim=1)
        causal = torch.full((length, length), -1e4, device=sample.device).triu(1)
        bias = ((present - 1) * 1e4)[:, None, None, :] + causal
        # A padded first row would attend to nothing at all; the word tokens begin with [CLS], so it never is.
        for block in self.transformer_blocks:
            hidden = block(hidden, bias.to(hidden.dtype))
        return self.proj_out(self.norm_out(hidden[:, -1]))


class Projection(nn.Module):
    """Contrastive projections (CLIP, 2103.00020): image features and sentence embedding into one space.

    `image`: `[batch, 1280]` pooled EfficientNet-Lite0 features; `sentence`: `[batch, 384]`. Both come out as unit
    vectors `[batch, semantics_dim]`.
    """

    def __init__(self, feature_dim: int = 1280, token_dim: int = 384, semantics_dim: int = 256):
        super().__init__()
        self.image_projection = nn.Linear(feature_dim, semantics_dim)
        self.text_projection = TimestepEmbedding(token_dim, semantics_dim)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def encode_image(self, features: Tensor) -> Tensor:
        return F.normalize(self.image_projection(features), dim=-1)

    def encode_text(self, sentence: Tensor) -> Tensor:
        return F.normalize(self.text_projection(sentence), dim=-1)


@dataclass
class DecomposerConfig:
    """Shape of the decomposer."""

    sample_size: int = 256
    patch_size: int = 4
    block_out_channels: list[int] = field(default_factory=lambda: [32, 64, 96, 128])
    norm_num_groups: int = 16
    instance_channels: int = LOCAL_CHANNELS["instances"]


class PlainBlock(nn.Module):
    """Residual block without conditioning."""

    def __init__(self, in_channels: int, out_channels: int, groups: int):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, in_channels, eps=1e-5)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, out_channels, eps=1e-5)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(in_channels, out_channels, 1) if in_channels != out_channels else None

    def forward(self, sample: Tensor) -> Tensor:
        hidden = self.conv1(F.silu(self.norm1(sample)))
        hidden = self.conv2(F.silu(self.norm2(hidden)))
        return (sample if self.conv_shortcut is None else self.conv_shortcut(sample)) + hidden


class Decomposer(nn.Module):
    """One pass from a picture to its three learned local representations.

    `image`: `[batch, 3, 256, 256]` in [-1, 1]. Returns logits: sketch `[batch, 1, 256, 256]`, instances
    `[batch, 17, 64, 64]` (16 categories for a softmax, boundary for a sigmoid), depth `[batch, 1, 64, 64]`.
    """

    def __init__(self, config: DecomposerConfig):
        super().__init__()
        self.config = c = config
        dims, groups = c.block_out_channels, c.norm_num_groups
        self.conv_in = nn.Conv2d(3 * c.patch_size**2, dims[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(PlainBlock(dims[max(i - 1, 0)], dims[i], groups) for i in range(len(dims)))
        self.mid_block = PlainBlock(dims[-1], dims[-1], groups)
        self.up_blocks = nn.ModuleList(
            PlainBlock(dims[i + 1] + dims[i], dims[i], groups) for i in reversed(range(len(dims) - 1))
        )
        self.norm_out = nn.GroupNorm(groups, dims[0], eps=1e-5)
        # The sketch also looks at the raw pixels: a line of one pixel does not survive the patches.
        self.sketch_out = nn.Conv2d(dims[0], 8 * c.patch_size**2, 3, padding=1)
        self.sketch_pixels = nn.Conv2d(8 + 3, 8, 3, padding=1)
        self.sketch_final = nn.Conv2d(8, 1, 3, padding=1)
        self.instances_out = nn.Conv2d(dims[0], c.instance_channels, 3, padding=1)
        self.depth_out = nn.Conv2d(dims[0], 1, 3, padding=1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = self.conv_in(F.pixel_unshuffle(image, self.config.patch_size))
        skips: list[Tensor] = []
        for level, block in enumerate(self.down_blocks):
            if level:
                hidden = F.avg_pool2d(hidden, 2)
            hidden = block(hidden)
            skips.append(hidden)
        hidden = self.mid_block(skips.pop())
        for block in self.up_blocks:
            hidden = F.interpolate(hidden, scale_factor=2, mode="nearest")
            hidden = block(torch.cat([hidden, skips.pop()], dim=1))
        hidden = F.silu(self.norm_out(hidden))
        fine = F.pixel_shuffle(self.sketch_out(hidden), self.config.patch_size)
        fine = F.silu(self.sketch_pixels(torch.cat([fine, image], dim=1)))
        return self.sketch_final(fine), self.instances_out(hidden), self.depth_out(hidden)
