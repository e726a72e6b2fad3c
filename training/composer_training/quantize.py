"""Storage of weights: int8 per output channel, int4 in blocks of 32, f16, f32 (the weight format's four kinds)."""

from __future__ import annotations

import numpy as np

INT4_BLOCK = 32

FULL_PRECISION = (
    "conv_in", "conv_stem", "conv_out", "proj_in", "proj_out", "conv_final", "sketch_final", "sketch_pixels", "instances_out", "depth_out",
    "depthwise_conv",
)  # fmt: skip
"""First and last layers: small, and every error of theirs is seen directly. Depthwise kernels are small too: stored as int8
they cost the image encoder 5% of the size less, and its semantics fell from a cosine of 0.997 with the f32 ones to 0.988."""


def quantize_int8(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`[out, ...]` f32 -> (q int8 of the same shape, scale f32 `[out]`), symmetric, q in -127..127."""
    flat = weight.astype(np.float32).reshape(weight.shape[0], -1)
    peak = np.abs(flat).max(axis=1)
    scale = np.where(peak > 0, peak / np.float32(127), np.float32(1)).astype(np.float32)
    q = np.clip(np.rint(flat / scale[:, None]), -127, 127).astype(np.int8)
    return q.reshape(weight.shape), scale


def dequantize_int8(q: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Back to f32: q * scale of its output channel."""
    return (q.reshape(q.shape[0], -1).astype(np.float32) * scale[:, None]).reshape(q.shape)


def quantize_int4(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """f32 -> (bytes u8 `[numel / 2]`, scale f16 `[numel / 32]`).

    Blocks of 32 along the flattened tensor; a byte holds two values as q + 8, the low nibble first, q in -7..7.
    """
    if weight.size % INT4_BLOCK:
        raise ValueError(f"int4 needs a multiple of {INT4_BLOCK} values, not {weight.size}.")
    blocks = weight.astype(np.float32).reshape(-1, INT4_BLOCK)
    peak = np.abs(blocks).max(axis=1)
    best_scale = (peak / 7).astype(np.float16)
    best_error = np.full(len(blocks), np.inf, dtype=np.float32)
    # The scale that reaches the largest value is rarely the best one: a few smaller ones are tried.
    for shrink in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75):
        scale = (peak * shrink / 7).astype(np.float16)
        step = np.where(scale > 0, scale, np.float16(1)).astype(np.float32)[:, None]
        error = ((np.clip(np.rint(blocks / step), -7, 7) * step - blocks) ** 2).sum(axis=1)
        better = error < best_error
        best_scale[better], best_error[better] = scale[better], error[better]
    best_scale = np.where(best_scale > 0, best_scale, np.float16(1))
    q = np.clip(np.rint(blocks / best_scale.astype(np.float32)[:, None]), -7, 7).astype(np.int8)
    stored = (q.reshape(-1) + 8).astype(np.uint8)
    return stored[0::2] | (stored[1::2] << 4), best_scale


def dequantize_int4(packed: np.ndarray, scale: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Back to f32: q * scale of its block."""
    q = np.empty(packed.size * 2, dtype=np.float32)
    q[0::2] = (packed & 15).astype(np.float32) - 8
    q[1::2] = (packed >> 4).astype(np.float32) - 8
    return (q.reshape(-1, INT4_BLOCK) * scale.astype(np.float32)[:, None]).reshape(shape)


def storage_of(name: str, shape: tuple[int, ...], int4: frozenset[str] = frozenset()) -> str:
    """Which kind a tensor is stored as: "int8", "int4", "f16" or "f32".

    Every entry of a shard must fill whole 4-byte words, so that no reader meets an unaligned number.
    """
    size = int(np.prod(shape)) if shape else 1
    matrix = len(shape) >= 2 and name.endswith(("weight", "embeddings"))
    first_or_last = any(part in FULL_PRECISION for part in name.split("."))
    if matrix and not first_or_last:
        if name in int4 and size % (2 * INT4_BLOCK) == 0:
            return "int4"
        if size % 4 == 0 and size >= 256:
            return "int8"
    return "f16" if size % 2 == 0 else "f32"
