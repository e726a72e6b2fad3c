"""Networks, schedule, weight format. Seconds, without data and without trained weights."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -r training/requirements.txt")

from composer_training.configs import size_named  # noqa: E402
from composer_training.diffusion import (  # noqa: E402
    add_noise,
    alphas_cumprod,
    ddim,
    dpmpp_2m,
    min_snr_weight,
    trailing_pairs,
    velocity,
)
from composer_training.networks import Conditions, Prior, UNet  # noqa: E402
from composer_training.quantize import (  # noqa: E402
    dequantize_int4,
    dequantize_int8,
    quantize_int4,
    quantize_int8,
)
from composer_training.tiny import tiny_networks, tiny_size, write_tiny  # noqa: E402
from composer_training.weights import read_model  # noqa: E402

FIXTURES = Path(__file__).parents[2] / "tests" / "fixtures"


def test_signal_only_falls_and_ends_at_zero():
    schedule = alphas_cumprod()
    assert (np.diff(schedule) < 0).all()
    assert schedule[-1] == 0 and 0.9999 < schedule[0] < 1


def test_velocity_gives_the_picture_back():
    x0, noise, abar = torch.randn(2, 3), torch.randn(2, 3), torch.tensor([[0.3], [0.9]])
    noisy, v = add_noise(x0, noise, abar), velocity(x0, noise, abar)
    assert torch.allclose(abar.sqrt() * noisy - (1 - abar).sqrt() * v, x0, atol=1e-6)


def test_the_loss_weight_is_one_in_noise_and_falls_in_the_clear():
    abar = torch.tensor([0.0, 0.5, 0.8, 0.99])
    assert torch.allclose(min_snr_weight(abar), torch.tensor([1.0, 1.0, 1.0, 5 / 100]), atol=1e-5)


@pytest.mark.parametrize("sampler", [ddim, dpmpp_2m])
@pytest.mark.parametrize("steps", [1, 2, 7, 20])
def test_a_predictor_that_knows_the_picture_reaches_it(sampler, steps):
    x0 = torch.randn(1, 3, 4, 4, dtype=torch.float64)
    result = sampler(lambda sample, t: x0, torch.randn_like(x0), steps)
    assert torch.allclose(result, x0, atol=1e-9)


def test_a_run_taken_up_at_a_step_is_the_same_run():
    whole, late = [], []

    def recorded(seen):
        def predict(sample, t):
            seen.append((t, sample))
            return torch.full_like(sample, 0.3)

        return predict

    ddim(recorded(whole), torch.tensor([1.2], dtype=torch.float64), 8)
    ddim(recorded(late), whole[5][1], 8, begin=5)
    assert late == whole[5:]


def test_more_steps_than_trained_is_an_error():
    with pytest.raises(ValueError, match="choose 1 to 1000"):
        trailing_pairs(1001)


def test_quantization_errors_stay_within_half_a_step():
    weight = np.random.default_rng(0).standard_normal((8, 64)).astype(np.float32)
    q, scale = quantize_int8(weight)
    assert (np.abs(dequantize_int8(q, scale) - weight) <= scale[:, None] * 0.501).all()
    packed, scale4 = quantize_int4(weight)
    back = dequantize_int4(packed, scale4, weight.shape)
    assert packed.nbytes == weight.size // 2
    assert np.sqrt(((back - weight) ** 2).mean()) < 0.11


def test_the_committed_tiny_model_is_what_the_exporter_writes(tmp_path):
    write_tiny(tmp_path)
    for stage, state in read_model(tmp_path)[1].items():
        committed = read_model(FIXTURES / "models" / "tiny")[1][stage]
        for name, tensor in state.items():
            assert torch.allclose(tensor, committed[name], atol=2e-2), f"{stage} {name}: run golden.py and export.py again"


def test_every_tensor_of_the_manifest_has_its_network_s_shape():
    manifest, states = read_model(FIXTURES / "models" / "tiny")
    for stage, network in tiny_networks().items():
        wanted = {name: tuple(t.shape) for name, t in network.state_dict().items()}
        assert {name: tuple(t.shape) for name, t in states[stage].items()} == wanted
        for entry in manifest["stages"][stage]["tensors"]:
            assert entry["offset"] % 4 == 0 and entry.get("scale_offset", 0) % 4 == 0


def test_the_image_encoder_is_the_one_that_training_used():
    from composer_training.data.encoders import _Convolution
    from composer_training.image_encoder import SameConv

    torch.manual_seed(0)
    for kernel, stride, groups in ((3, 2, 1), (3, 1, 8), (5, 1, 8), (5, 2, 8), (1, 1, 1)):
        layer = SameConv(8, 8, kernel, stride, groups=groups)
        weights = {"c.weight": layer.weight.data, "n.weight": torch.ones(8), "n.bias": layer.bias.data}
        weights |= {"n.running_mean": torch.zeros(8), "n.running_var": torch.full((8,), 1 - 1e-3)}
        folded = _Convolution(weights, "c", "n", stride, depthwise=groups > 1, relu=False)
        picture = torch.randn(1, 8, 14, 14)
        assert torch.allclose(layer(picture), folded(picture), atol=1e-5), (kernel, stride)


def test_the_mean_of_two_networks_lies_between_them():
    from composer_training.average import mean

    old, new = {"w": torch.zeros(2)}, {"w": torch.tensor([1.0, 2.0])}
    assert mean(new, old, 0.25)["w"].tolist() == [0.25, 0.5]
    with pytest.raises(SystemExit, match="not the same network"):
        mean(new, {"v": torch.zeros(2)}, 0.5)


def test_a_changed_shard_is_refused(tmp_path):
    write_tiny(tmp_path)
    shard = next(tmp_path.glob("prior-*.safetensors"))
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(bytes(data))
    with pytest.raises(ValueError, match="export the model again"):
        read_model(tmp_path)


def test_shards_are_valid_safetensors():
    from safetensors import safe_open

    folder = FIXTURES / "models" / "tiny"
    manifest = json.loads((folder / "manifest.json").read_text())
    for shard in manifest["shards"]:
        with safe_open(folder / shard["file"], "np") as file:
            assert len(list(file.keys())) > 0


@pytest.mark.parametrize(("size", "stage", "limit"), [
    ("nano", "base", 1e9), ("small", "base", 6e9), ("small", "upsampler", 20e9),
])  # fmt: skip
def test_a_forward_pass_stays_within_what_its_size_allows(size, stage, limit):
    from torch.utils.flop_counter import FlopCounterMode

    from composer_training.onnx_export import FlatUNet

    network = FlatUNet(UNet(getattr(size_named(size), stage)))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(*network.examples())  # every condition, a caption of 16 tokens; a multiplication and an addition are two
    assert limit / 5 < counter.get_total_flops() <= limit


def test_small_has_30_to_50_million_parameters():
    assert 30e6 <= sum(p.numel() for p in UNet(size_named("small").base).parameters()) <= 50e6


def test_every_condition_changes_the_prediction():
    size = tiny_size()
    network = tiny_networks()["base"]
    from composer_training.golden import local_tensors, scene

    c = size.base
    torch.manual_seed(0)
    local = local_tensors(scene())

    def run(global_weight, local_weight):
        torch.manual_seed(1)
        conditions = Conditions(
            tokens=torch.randn(1, 4, c.token_dim),
            token_mask=torch.ones(1, 4),
            sentence=torch.randn(1, c.token_dim),
            semantics=torch.randn(1, c.semantics_dim),
            palette=torch.rand(1, c.palette_dim),
            global_weight=torch.tensor([global_weight]),
            local=local,
            local_weight=torch.tensor([local_weight]),
        )
        with torch.no_grad():
            return network(torch.randn(1, 3, 64, 64), torch.tensor([500]), conditions)

    nothing = run([0.0] * 3, [0.0] * 5)
    for i in range(3):
        assert not torch.allclose(run([float(i == j) for j in range(3)], [0.0] * 5), nothing, atol=1e-4)
    for i in range(5):
        assert not torch.allclose(run([0.0] * 3, [float(i == j) for j in range(5)]), nothing, atol=1e-4)


def test_the_prior_does_not_see_padding():
    network: Prior = tiny_networks()["prior"]
    torch.manual_seed(0)
    tokens, sample, sentence = torch.randn(1, 5, 32), torch.randn(1, 32), torch.randn(1, 32)
    time, weight = torch.tensor([300]), torch.ones(1, 1)
    with torch.no_grad():
        short = network(sample, time, tokens, torch.ones(1, 5), sentence, weight)
        padded = torch.cat([tokens, torch.randn(1, 59, 32)], dim=1)
        mask = (torch.arange(64) < 5).float()[None]
        assert torch.allclose(network(sample, time, padded, mask, sentence, weight), short, atol=1e-5)


def test_drop_out_keeps_the_shares_of_the_design():
    from composer_training.batches import ALL_DROPPED, GLOBALS_ONLY, MASKING_ONLY, SKETCH_ONLY, drop_out

    global_weight, local_weight = drop_out(np.random.default_rng(0), 20_000)
    nothing = (global_weight.sum(1) + local_weight.sum(1)) == 0
    everything = (global_weight.sum(1) + local_weight.sum(1)) == 8
    assert nothing.mean() > ALL_DROPPED and everything.mean() > 0.09
    assert abs(global_weight.mean() - (0.8 * 0.5 + 0.1)) < 0.02
    mixed = 1 - GLOBALS_ONLY - SKETCH_ONLY - MASKING_ONLY
    for column, alone in ((0, SKETCH_ONLY), (4, MASKING_ONLY)):
        assert abs(local_weight[:, column].mean() - (0.8 * (alone + mixed * 0.5) + 0.1)) < 0.02
        by_itself = (local_weight[:, column] == 1) & (local_weight.sum(1) == 1)
        assert abs(by_itself.mean() - 0.8 * (alone + mixed * 0.5**4 * 0.7)) < 0.02


def test_batches_of_globals_have_no_local_condition():
    from composer_training.batches import ALL_DROPPED, DROP_GLOBALS_ONLY, drop_out

    global_weight, local_weight = drop_out(np.random.default_rng(0), 20_000, globals_only=True)
    assert not local_weight.any()
    kept = (1 - ALL_DROPPED) * (1 - np.array(list(DROP_GLOBALS_ONLY.values())))
    assert np.allclose(global_weight.mean(0), kept, atol=0.02)


def test_pictures_that_the_base_drew_are_cut_and_mirrored_like_the_true_ones():
    """Each is the negative of its small picture here, and a small picture is the large one, four times smaller."""
    from types import SimpleNamespace

    from composer_training.batches import composer_batch

    small = np.random.default_rng(3).integers(0, 256, (1, 64, 64, 3), np.uint8)
    large = small.repeat(4, 1).repeat(4, 2)
    map64, map256 = np.zeros((1, 64, 64), np.uint8), np.zeros((1, 256, 256), np.uint8)
    data = SimpleNamespace(
        images64=small, images256=large, sketch256=map256, outline256=map256, flips=np.array([True]),
        instances64=map64, boundary64=map64, depth64=map64, object64=map64, caption_index=np.zeros((1, 4), int),
        semantics=np.zeros((1, 8), np.float32), semantics_flip=np.zeros((1, 8), np.float32), palette=np.zeros((1, 156), np.float32),
        words=lambda captions, longest: (torch.zeros(len(captions), 1, 4), torch.ones(len(captions), 1), torch.zeros(len(captions), 4)),
    )  # fmt: skip
    batch = composer_batch(
        data, np.zeros(16, int), np.random.default_rng(0), size=256, crop=128, small_pictures={0: 255 - small[0]}
    )
    assert torch.allclose(batch["picture64"], -torch.nn.functional.avg_pool2d(batch["picture"], 4), atol=1e-6)
    assert len(batch["picture64"].unique(dim=0)) > 2, "cut at several places"


def conditions_of(network, semantics, local_weight):
    from composer_training.networks import Conditions

    config, count = network.config, len(semantics)
    return Conditions(
        tokens=torch.zeros(count, 2, config.token_dim),
        token_mask=torch.ones(count, 2),
        sentence=torch.zeros(count, config.token_dim),
        semantics=semantics,
        palette=torch.zeros(count, config.palette_dim),
        global_weight=torch.tensor([[0.0, 1.0, 0.0]]).expand(count, 3),
        local={},
        local_weight=local_weight,
    )


def test_semantics_lay_out_a_picture_of_their_own():
    from composer_training.networks import UNet

    torch.manual_seed(0)
    network = UNet(tiny_size().base)
    semantics = torch.nn.functional.normalize(torch.randn(2, network.config.semantics_dim))
    conditions = conditions_of(network, semantics, torch.zeros(2, 5))
    with torch.no_grad():
        full, half = network.embed_layout(conditions, 32), network.embed_layout(conditions, 16)
    assert full.shape == (2, network.config.stem_channels, 32, 32) and half.shape[-1] == 16
    assert (full[0] - full[1]).abs().mean() > 0.01
    assert full.flatten(2).std(2).mean() > 0.01


def test_the_layout_gives_way_to_local_conditions():
    from composer_training.networks import UNet

    network = UNet(tiny_size().base)
    semantics = torch.zeros(4, network.config.semantics_dim)
    weight = torch.zeros(4, 5)
    weight[1, 0], weight[2, 3], weight[3, 4] = 1.0, 0.25, 1.0
    given = conditions_of(network, semantics, weight)
    assert network.layout_weight(given).tolist() == [1.0, 0.0, 0.75, 1.0], "but it stands behind a masking"
    nothing = replace(given, global_weight=torch.zeros(4, 3))
    assert network.layout_weight(nothing).tolist() == [0.0, 0.0, 0.0, 1.0]


def test_the_surroundings_of_a_hole_fade_into_it():
    from composer_training.networks import surroundings

    kept = torch.ones(1, 1, 64, 64)
    kept[..., :, 32:] = 0
    before = surroundings(torch.cat([0.5 * kept, -kept, kept, kept], dim=1), 32)
    cover = before[0, 3, 16]
    assert (cover[:16] == 1).all() and (cover[16:].diff() < 0).all() and 0.5 < cover[16] < 1 and cover[31] > 0
    assert torch.allclose(before[0, :3], torch.tensor([0.5, -1, 1]).view(3, 1, 1) * before[0, 3:]), "of the colours that are kept"
