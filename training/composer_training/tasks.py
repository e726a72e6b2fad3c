"""What each network learns: its batches, loss, held-out loss and sample sheet. `train.py` runs them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .batches import Dataset, composer_batch, halved, unit
from .checkpoints import read_checkpoint
from .configs import RESIDUAL_SCALE, Size
from .diffusion import add_noise, alphas_cumprod, ddim, dpmpp_2m, enlarge, min_snr_weight, trailing_timesteps, velocity
from .networks import Decomposer, Prior, Projection, UNet
from .perceptual import PerceptualDistance
from .sampling import sample_base, sample_upsampler, scaled
from .sheets import picture_sheet, rows_of

VALIDATION = 128


class Task:
    """One network and how it is trained."""

    network: nn.Module
    batch_size = 32
    learning_rate = 4e-4
    warmup = 200

    def parameter_groups(self, learning_rate: float) -> list[dict]:
        """Weight decay on matrices and kernels only."""
        decayed = [p for p in self.network.parameters() if p.dim() >= 2]
        rest = [p for p in self.network.parameters() if p.dim() < 2]
        return [{"params": decayed, "lr": learning_rate}, {"params": rest, "lr": learning_rate, "weight_decay": 0.0}]

    def batch(self, rng: np.random.Generator, count: int, progress: float, samples: int) -> dict:
        """One batch; `progress` is the share of the time budget that is spent, `samples` what was seen so far."""
        raise NotImplementedError

    def count(self, batch: dict) -> int:
        """Samples in a batch."""
        return len(next(value for value in batch.values() if isinstance(value, Tensor)))

    def loss(self, network: nn.Module, batch: dict) -> Tensor:
        """The loss to minimise."""
        raise NotImplementedError

    def validation_batches(self) -> list[dict]:
        """Held-out batches, the same ones every time."""
        raise NotImplementedError

    def validation(self, network: nn.Module) -> float:
        """Held-out loss with fixed noise, so that two measurements compare."""
        from .train import to_device

        state = torch.random.get_rng_state()
        torch.manual_seed(0)
        device = next(network.parameters()).device
        losses = [float(self.loss(network, to_device(batch, device))) for batch in self.validation_batches()]
        torch.random.set_rng_state(state)
        return float(np.mean(losses))

    def sheet(self, network: nn.Module, path: Path) -> None:
        """A picture to judge by; nothing for networks that make none."""

    def adopt(self, network: nn.Module, untrained: bool) -> None:
        """Puts what another task has trained into the network, once it has its weights, or is `untrained`."""

    def prepare(self) -> None:
        """What training needs and measuring does not, before the first batch."""

    def finish(self, network: nn.Module) -> None:
        """After the last step."""


def perceptual_beside(network: nn.Module) -> PerceptualDistance:
    """The perceptual distance, where the network is."""
    return PerceptualDistance().to(next(network.parameters()).device, memory_format=torch.channels_last)


class DiffusionTask(Task):
    """Shared by base, upsampler and prior: the schedule and the noising."""

    perceptual: PerceptualDistance | None = None
    """Beside the squared error, while base or upsampler is trained."""

    def __init__(self, data: Dataset):
        self.data = data
        self.abars = torch.from_numpy(alphas_cumprod()).float()
        rng = np.random.default_rng(0)
        weights = data.validation_weights
        self.held_out = data.validation[rng.choice(len(weights), min(VALIDATION, len(weights)), replace=False, p=weights)]

    def abar(self, timesteps: Tensor, like: Tensor) -> Tensor:
        """abar of each sample, shaped to broadcast against `like`."""
        return self.abars.to(like.device)[timesteps].view(-1, *[1] * (like.dim() - 1))


class BaseTask(DiffusionTask):
    """The base: the picture at 64 (or its v), min-SNR weighted (gamma 5)."""

    learning_rate = 5e-4
    coarse_samples = 200_000
    """The first so many samples are half as large a side, which makes them three times as fast: what a thing is and where it
    lies shows there already."""
    globals_only_share = 0.55
    """After them, the share of batches without any local condition: the globals alone must decide what a thing is and where
    it lies, which takes by far the most samples."""
    earliest = 0.6, 0.8
    """This share of samples without a local condition but the masking has a timestep in the noisiest part, from there on: there
    is nothing in the noise to go by yet, and what is drawn first is what the picture becomes."""
    perceptual_share = 0.05
    """Weight of the perceptual distance beside the squared error, where no noise is left: its gradient is some five times as
    long. It falls with the signal's share of the noisy picture: of noise alone, the mean of all pictures is the right answer."""

    def __init__(self, size: Size, data: Dataset, folder: Path):
        super().__init__(data)
        self.network, self.folder = UNet(size.base), folder
        if self.network.layout is not None:
            self.network.layout.requires_grad_(False)
        self.side = size.base.sample_size
        self.network.prediction_type = size.prediction_type
        self.of_sample = size.prediction_type == "sample"
        self._validation: list[dict] = []

    def batch(self, rng, count, progress, samples):
        if samples < self.coarse_samples:
            return halved(composer_batch(self.data, self.data.draw(rng, 2 * count), rng))
        globals_only = rng.random() < self.globals_only_share
        return composer_batch(self.data, self.data.draw(rng, count, globals_only), rng, globals_only=globals_only)

    def validation_batches(self):
        if not self._validation:
            rng = np.random.default_rng(1)
            chunks = np.array_split(self.held_out, 4)
            self._validation = [composer_batch(self.data, c, rng) for c in chunks]
        return self._validation

    def loss(self, network, batch):
        x0 = batch["picture"]
        # Halving a noisy picture halves the deviation of its noise: a timestep hides the same things at either size.
        noise = torch.randn_like(x0) * (x0.shape[-1] / self.side)
        uniform = torch.rand(len(x0), device=x0.device)
        if network.training:
            share, start = self.earliest
            early = (torch.rand_like(uniform) < share) & ~batch["conditions"].local_weight[:, :-1].any(1)
            uniform = torch.where(early, start + (1 - start) * uniform, uniform)
        timesteps = (uniform * len(self.abars)).long()
        abar = self.abar(timesteps, x0)
        out = network(add_noise(x0, noise, abar), timesteps, batch["conditions"]).float()
        if self.of_sample:
            # The same loss as on v, whose error is that of x0 divided by sqrt(1 - abar).
            error = (out - x0).square().mean((1, 2, 3)) / (1 - abar.flatten())
        else:
            error = (out - velocity(x0, noise, abar)).square().mean((1, 2, 3))
        loss = (error * min_snr_weight(abar.flatten())).mean()
        # Not a part of the held-out loss, which stays comparable. At half the side there is too little to see.
        if self.of_sample and network.training and self.perceptual is not None and x0.shape[-1] == self.side:
            loss = loss + self.perceptual_share * (abar.flatten() * self.perceptual(out, x0)).mean()
        return loss

    def adopt(self, network, untrained):
        if network.layout is None:
            return
        state = read_checkpoint(self.folder, "layout")
        if state is not None:
            network.layout.load_state_dict(state["ema"])
        elif untrained:
            raise SystemExit("Train the layout first: python -m composer_training.train layout")

    def prepare(self):
        self.perceptual = perceptual_beside(self.network)

    def sheet(self, network, path):
        picture_sheet(self.data, network, path)


class UpsamplerTask(DiffusionTask):
    """The upsampler: the scaled residual (or its v) between the picture at 256 and the enlarged one at 64.

    Crops of 128 for most of the time (four times as many pictures a second), whole pictures at the end. Half of the
    pictures at 64 are the data's own, half were drawn by the base, whose pictures it is that will be enlarged.
    """

    batch_size = 16
    warmup = 100
    first_step_share = 0.5
    """This share of samples is pure noise, which is all that a run of one step sees."""
    redrawn_count = 2048
    """Pictures that the base draws before training begins, all processes together."""
    redrawn_steps, redrawn_begin = 8, (4, 5, 6)
    """It draws them from their noised selves, with the last two to four of eight steps: so things stay where they are."""
    perceptual_share = 0.02
    """Weight of the perceptual distance between the enlarged pictures, beside the squared error."""

    def __init__(self, size: Size, data: Dataset, folder: Path):
        super().__init__(data)
        self.network = UNet(size.upsampler)
        self.network.prediction_type = size.prediction_type
        self.of_sample = size.prediction_type == "sample"
        self.size, self.folder = size, folder
        self.redrawn: dict[int, np.ndarray] = {}
        self._validation: list[dict] = []

    def prepare(self):
        self.perceptual = perceptual_beside(self.network)
        state = read_checkpoint(self.folder, "base")
        if state is None:
            print("There is no base yet: the upsampler learns from the data's pictures alone", flush=True)
            return
        base = UNet(self.size.base)
        base.prediction_type = self.size.prediction_type
        base.load_state_dict(state["ema"])
        self.redrawn = self.redraw(base.eval())

    def redraw(self, base: UNet, chunk: int = 32) -> dict[int, np.ndarray]:
        """Training pictures as the base draws them, u8 `[64, 64, 3]` by index."""
        from .train import to_device

        rank, world = (int(os.environ.get(name, default)) for name, default in (("RANK", "0"), ("WORLD_SIZE", "1")))
        rng = np.random.default_rng([2, rank])
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        base.to(device)
        redrawn = {}
        for _ in range(0, self.redrawn_count // world, chunk):
            indices = self.data.draw(rng, chunk)
            batch = to_device(composer_batch(self.data, indices, rng, augment=False), device)
            begin = int(rng.choice(self.redrawn_begin))
            timestep = torch.full((chunk,), trailing_timesteps(self.redrawn_steps)[begin], device=device)
            picture = batch["picture"]
            noisy = add_noise(picture, torch.randn_like(picture), self.abar(timestep, picture))
            drawn = sample_base(
                base, batch["conditions"], noisy, lambda p, x, at=begin: ddim(p, x, self.redrawn_steps, begin=at), 2.0
            )
            pixels = ((drawn + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
            redrawn.update(zip(indices.tolist(), pixels, strict=True))
        return redrawn

    def batch(self, rng, count, progress, samples):
        crop = 128 if progress < 0.7 else 0
        count = count if crop else max(count // 4, 1)
        indices, small_pictures = self.data.draw(rng, count), {}
        if self.redrawn and rng.random() < 0.5:
            indices, small_pictures = rng.choice(list(self.redrawn), count), self.redrawn
        return composer_batch(self.data, indices, rng, size=256, crop=crop, small_pictures=small_pictures)

    def validation_batches(self):
        if not self._validation:
            rng = np.random.default_rng(1)
            chunks = np.array_split(self.held_out[:32], 4)
            self._validation = [composer_batch(self.data, c, rng, size=256) for c in chunks]
        return self._validation

    def loss(self, network, batch):
        low = batch["picture64"]
        # The base's pictures are not as clean as the data's: a little noise, and now and then a little blur.
        blurred = F.avg_pool2d(F.pad(low, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
        blur = 0.6 * (torch.rand(len(low), 1, 1, 1, device=low.device) < 0.3)
        low = low + blur * (blurred - low)
        low = low + 0.05 * torch.rand(len(low), 1, 1, 1, device=low.device) * torch.randn_like(low)
        image = enlarge(low)
        x0 = (batch["picture"] - image) * RESIDUAL_SCALE
        noise = torch.randn_like(x0)
        timesteps = torch.randint(0, len(self.abars), (len(x0),), device=x0.device)
        timesteps[torch.rand(len(x0), device=x0.device) < self.first_step_share] = len(self.abars) - 1
        abar = self.abar(timesteps, x0)
        v = network(add_noise(x0, noise, abar), timesteps, batch["conditions"], image)
        if self.of_sample:
            # Heavier, up to five times, the less noise is left: the last steps decide how clean flat colours are.
            error = (v.float() - x0).square().mean((1, 2, 3)) / (1 - abar.flatten())
        else:
            error = (v.float() - velocity(x0, noise, abar)).square().mean((1, 2, 3))
        loss = (error * min_snr_weight(abar.flatten())).mean()
        if self.of_sample and network.training and self.perceptual is not None:
            loss = loss + self.perceptual_share * self.perceptual(image + v / RESIDUAL_SCALE, batch["picture"]).mean()
        return loss

    def sheet(self, network, path):
        device = next(network.parameters()).device
        from .train import to_device

        batch = to_device(composer_batch(self.data, self.held_out[:4], np.random.default_rng(2), size=256), device)
        conditions = batch["conditions"]
        conditions.global_weight.fill_(1)
        conditions.local_weight.zero_()
        conditions.local_weight[2:, 0] = 1  # the lower two also see their sketch
        noise = torch.randn(batch["picture"].shape, generator=torch.Generator().manual_seed(3)).to(device)
        out = sample_upsampler(network, conditions, batch["picture64"], noise, lambda predict, x: dpmpp_2m(predict, x, 1))
        rows_of([[enlarge(batch["picture64"])[i], out[i], batch["picture"][i]] for i in range(4)], path)


class PriorTask(DiffusionTask):
    """The prior: the semantics themselves, given the caption; the caption is dropped in one of ten."""

    batch_size = 256
    learning_rate = 6e-4
    warmup = 100

    def __init__(self, size: Size, data: Dataset):
        super().__init__(data)
        self.network = Prior(size.prior)
        self._validation: list[dict] = []

    def make(self, indices, captions, rng, dropped: float):
        tokens, mask, sentence = self.data.words(captions, longest=32)
        return {
            "tokens": tokens,
            "token_mask": mask,
            "sentence": sentence,
            "semantics": torch.from_numpy(self.data.semantics[indices]),
            "weight": torch.from_numpy((rng.random((len(indices), 1)) >= dropped).astype(np.float32)),
        }

    def batch(self, rng, count, progress, samples):
        # Captions of like length together: a quarter of four batches, sorted, holds half the padding of one of them.
        chosen = self.data.draw(rng, 4 * count)
        captions = self.data.caption_index[chosen, rng.integers(0, 4, len(chosen))]
        part = np.argsort(self.data.caption_lengths[captions], kind="stable").reshape(4, count)[rng.integers(4)]
        return self.make(chosen[part], captions[part], rng, 0.1)

    def validation_batches(self):
        if not self._validation:
            self._validation = [self.make(self.held_out, self.data.caption_index[self.held_out, 0], np.random.default_rng(1), 0.0)]
        return self._validation

    def loss(self, network, batch):
        x0 = scaled(batch["semantics"])
        noise = torch.randn_like(x0)
        timesteps = torch.randint(0, len(self.abars), (len(x0),), device=x0.device)
        noisy = add_noise(x0, noise, self.abar(timesteps, x0))
        out = network(noisy, timesteps, batch["tokens"], batch["token_mask"], batch["sentence"], batch["weight"])
        return (out.float() - x0).square().mean()

    def sheet(self, network, path):
        from .sampling import sample_semantics
        from .train import to_device

        device = next(network.parameters()).device
        batch = to_device(self.validation_batches()[0], device)
        noise = torch.randn(batch["semantics"].shape, generator=torch.Generator().manual_seed(4)).to(device)
        for guidance in (1.0, 3.0):
            out = sample_semantics(
                network, batch["tokens"], batch["token_mask"], batch["sentence"], noise,
                lambda predict, x: ddim(predict, x, 20), guidance,
            )  # fmt: skip
            true = (out * batch["semantics"]).sum(1).mean()
            other = (out * batch["semantics"].roll(1, 0)).sum(1).mean()
            print(f"guidance {guidance}: cosine with the true semantics {true:.3f}, with another's {other:.3f}", flush=True)


class ProjectionTask(Task):
    """Both projections, contrastively (2103.00020), with in-batch negatives of other labels or styles.

    The image side begins as the features' principal components and moves slowly, so that the semantics keep what a
    caption does not say (layout, shading, colours): variations are made from them.
    """

    batch_size = 512
    learning_rate = 1e-3
    warmup = 50

    def __init__(self, size: Size, data: Dataset, folder: Path):
        self.data, self.folder = data, folder
        self.network = Projection(size.feature_dim, size.text_encoder.hidden_size, size.base.semantics_dim)
        features = np.asarray(data.features, np.float32)
        mean = features[data.train].mean(0)
        _, scale, axes = np.linalg.svd(features[data.train][::4] - mean, full_matrices=False)
        count = size.base.semantics_dim
        spread = scale[:count] / np.sqrt(len(data.train) / 4)
        matrix = axes[:count] / np.sqrt(spread)[:, None]  # half whitened
        with torch.no_grad():
            self.network.image_projection.weight.copy_(torch.from_numpy(matrix))
            self.network.image_projection.bias.copy_(torch.from_numpy(-matrix @ mean))
        keys: dict[tuple[str, str], list[int]] = {}
        for index in data.train:
            row = data.meta[index]
            keys.setdefault((row["label"], row["style"] if row["kind"] != "photo" else "photo"), []).append(int(index))
        self.groups = [np.array(v) for v in keys.values()]

    def parameter_groups(self, learning_rate):
        image = list(self.network.image_projection.parameters())
        rest = [*self.network.text_projection.parameters(), self.network.logit_scale]
        return [
            {"params": image, "lr": 0.2 * learning_rate, "weight_decay": 0.0},
            {"params": rest, "lr": learning_rate, "weight_decay": 0.01},
        ]

    def make(self, indices, rng):
        flip = self.data.flips[indices] & (rng.random(len(indices)) < 0.5)
        features = np.where(flip[:, None], self.data.features_flip[indices], self.data.features[indices])
        captions = self.data.caption_index[indices, rng.integers(0, 4, len(indices))]
        return {
            "features": torch.from_numpy(features.astype(np.float32)),
            "sentence": torch.from_numpy(self.data.sentence[captions]),
        }

    def batch(self, rng, count, progress, samples):
        chosen = rng.choice(len(self.groups), min(count, len(self.groups)), replace=False)
        return self.make(np.array([rng.choice(self.groups[i]) for i in chosen]), rng)

    def validation_batches(self):
        rng = np.random.default_rng(1)
        return [self.make(rng.choice(self.data.validation, min(256, len(self.data.validation)), replace=False), rng)]

    def loss(self, network, batch):
        features = batch["features"]
        if network.training and torch.is_grad_enabled():
            features = F.dropout(features, 0.1)
        image, text = network.encode_image(features), network.encode_text(batch["sentence"])
        logits = network.logit_scale.clamp(max=4.6).exp() * image @ text.T
        target = torch.arange(len(logits), device=logits.device)
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2

    def sheet(self, network, path):
        from .train import to_device

        batch = to_device(self.validation_batches()[0], next(network.parameters()).device)
        image, text = network.encode_image(batch["features"]), network.encode_text(batch["sentence"])
        similarity = image @ text.T
        rank = (similarity > similarity.diagonal()[:, None]).sum(1)
        print(
            f"{len(rank)} held-out pictures: caption found first {(rank == 0).float().mean():.3f}, in the first five "
            f"{(rank < 5).float().mean():.3f}; cosine of pairs {similarity.diagonal().mean():.3f}, of others {similarity.mean():.3f}",
            flush=True,
        )

    def finish(self, network):
        """Writes the semantics of every picture for the other networks."""
        out = {}
        device = next(network.parameters()).device
        for key, source in (("semantics", self.data.features), ("semantics_flip", self.data.features_flip)):
            with torch.no_grad():
                features = torch.from_numpy(np.asarray(source, np.float32)).to(device)
                out[key] = network.encode_image(features).cpu().numpy()
        partial = self.folder / "semantics.partial.npz"
        np.savez(partial, **out)
        partial.replace(self.folder / "semantics.npz")


class DecomposerTask(Task):
    """The decomposer: line drawing, categories with boundary, and depth of a picture."""

    batch_size = 8
    warmup = 100

    def __init__(self, size: Size, data: Dataset):
        self.data = data
        self.network = Decomposer(size.decomposer)
        rng = np.random.default_rng(0)
        self.held_out = data.validation[rng.choice(len(data.validation), 32, replace=False, p=data.validation_weights)]

    def make(self, indices, rng):
        flip = (rng.random(len(indices)) < 0.5)[:, None, None]

        def turned(array):
            array = array[indices]
            return np.where(flip[..., None] if array.ndim == 4 else flip, array[:, :, ::-1], array)

        return {
            "picture": torch.from_numpy(unit(turned(self.data.images256))),
            "sketch": torch.from_numpy(turned(self.data.sketch256)[:, None].astype(np.float32) / 255),
            "instances": torch.from_numpy(turned(self.data.instances64).astype(np.int64)),
            "boundary": torch.from_numpy(turned(self.data.boundary64).astype(np.float32) / 255),
            "depth": torch.from_numpy(turned(self.data.depth64)[:, None].astype(np.float32) / 255),
        }

    def batch(self, rng, count, progress, samples):
        return self.make(self.data.draw(rng, count), rng)

    def validation_batches(self):
        rng = np.random.default_rng(1)
        return [self.make(chunk, rng) for chunk in np.array_split(self.held_out, 4)]

    def loss(self, network, batch):
        sketch, instances, depth = network(batch["picture"])
        drawing = F.binary_cross_entropy_with_logits(sketch, batch["sketch"])
        categories = F.cross_entropy(instances[:, :-1], batch["instances"])
        boundary = F.binary_cross_entropy_with_logits(instances[:, -1], batch["boundary"])
        return 2 * drawing + 0.5 * categories + boundary + 2 * F.l1_loss(depth.sigmoid(), batch["depth"])

    def sheet(self, network, path):
        from .train import to_device

        batch = to_device(self.make(self.held_out[:6], np.random.default_rng(1)), next(network.parameters()).device)
        sketch, instances, depth = network(batch["picture"])
        right = (instances[:, :-1].argmax(1) == batch["instances"]).float().mean()
        print(f"held-out categories right {right:.3f} of the pixels", flush=True)

        def shown(maps: Tensor) -> Tensor:
            return F.interpolate(maps.expand(-1, 3, -1, -1) * 2 - 1, size=256)

        labels, true = instances[:, :-1].argmax(1, keepdim=True) / 15, batch["instances"][:, None] / 15
        columns = [
            batch["picture"], shown(sketch.sigmoid()), shown(batch["sketch"]), shown(labels), shown(true),
            shown(depth.sigmoid()), shown(batch["depth"]),
        ]  # fmt: skip
        rows_of([[column[i] for column in columns] for i in range(6)], path, side=128)


def task_named(name: str, size: Size, dataset: Path, folder: Path) -> Task:
    """The task of a network."""
    if name == "projection":
        return ProjectionTask(size, Dataset(dataset), folder)
    if name == "decomposer":
        return DecomposerTask(size, Dataset(dataset))
    data = Dataset(dataset, folder / "semantics.npz")
    if name == "layout":
        from .layout import LayoutTask

        return LayoutTask(size, data, folder)
    if name == "prior":
        return PriorTask(size, data)
    return {"base": BaseTask, "upsampler": UpsamplerTask}[name](size, data, folder)
