"""What the layout learns (`networks.Layout`): the picture that words and semantics let one expect, by plain regression.

It is trained before the base, which takes it as it is, and after the prior: from words alone the semantics are the prior's,
which are less exact than a picture's own, and the layout must know both.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .batches import Dataset, drop_out, unit
from .checkpoints import read_checkpoint
from .configs import Size
from .diffusion import dpmpp_2m
from .networks import Layout, Prior
from .sampling import sample_semantics
from .sheets import rows_of
from .tasks import Task

SINGLES = 0.85
"""Share of draws that are single things; the others may also be scenes and photos."""
FROM_PRIOR = 0.4
"""Share of the examples with caption and semantics whose semantics are the prior's."""
JITTER = 0.5
"""The semantics of pictures are moved by a random vector of up to this length: neighbours shall look alike."""
GUESSES = 6000
"""So many captions get semantics of the prior."""
PRIOR_STEPS = 6
PRIOR_GUIDANCE = 1.0, 3.0


class LayoutTask(Task):
    """Squared error of the picture, averaged down to the layout's side."""

    batch_size = 256
    learning_rate = 1.5e-3

    def __init__(self, size: Size, data: Dataset, folder: Path):
        self.data, self.folder, self.size = data, folder, size
        self.network = Layout(size.base)
        rng = np.random.default_rng(0)
        self.held_out = data.validation[rng.choice(len(data.validation), 512, p=data.validation_weights)]
        self._guesses: dict[str, np.ndarray] | None = None

    def guesses(self) -> dict[str, np.ndarray]:
        """Examples, a caption of each, and semantics that the prior samples for it; kept beside the checkpoints."""
        if self._guesses is None:
            state = read_checkpoint(self.folder, "prior")
            if state is None:
                raise SystemExit("Train the prior first: python -m composer_training.train prior")
            path = self.folder / "guesses.npz"
            if not path.exists() or int(np.load(path)["samples"]) != state["samples"]:
                print(f"The prior guesses the semantics of {GUESSES} captions", flush=True)
                np.savez(path, samples=state["samples"], **self.guess(state["ema"]))
            self._guesses = dict(np.load(path))
        return self._guesses

    def guess(self, weights: dict[str, Tensor]) -> dict[str, np.ndarray]:
        """`examples` `[n]`, `captions` `[n]` and `semantics` `[n, semantics_dim]`."""
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        prior = Prior(self.size.prior).to(device).eval()
        prior.load_state_dict(weights)
        rng = np.random.default_rng(0)
        examples = self.data.draw(rng, GUESSES, globals_only=True)
        captions = self.data.caption_index[examples, rng.integers(0, 4, GUESSES)]
        order = np.argsort(self.data.caption_lengths[captions], kind="stable")  # captions of like length need little padding
        examples, captions, semantics = examples[order], captions[order], []
        for chunk in np.array_split(captions, GUESSES // 256):
            tokens, mask, sentence = (t.to(device) for t in self.data.words(chunk, longest=32))
            noise = torch.randn(len(chunk), self.size.base.semantics_dim).to(device)
            scale = PRIOR_GUIDANCE[int(rng.integers(len(PRIOR_GUIDANCE)))]
            out = sample_semantics(prior, tokens, mask, sentence, noise, lambda p, x: dpmpp_2m(p, x, PRIOR_STEPS), scale)
            semantics.append(out.cpu().numpy())
        return {"examples": examples, "captions": captions, "semantics": np.concatenate(semantics)}

    def make(self, indices: np.ndarray, captions: np.ndarray) -> dict[str, Tensor]:
        """Examples with all their globals; none mirrored, as in the base's batches without local conditions."""
        return {
            "picture": F.adaptive_avg_pool2d(torch.from_numpy(unit(self.data.images64[indices])), self.network.side),
            "sentence": torch.from_numpy(self.data.sentence[captions]),
            "semantics": torch.from_numpy(self.data.semantics[indices]),
            "palette": torch.from_numpy(self.data.palette[indices]),
            "weight": torch.ones(len(indices), 3),
        }

    def batch(self, rng, count, progress, samples):
        indices = self.data.draw(rng, count, globals_only=rng.random() < SINGLES)
        weight, _ = drop_out(rng, count, globals_only=True)
        captions = self.data.caption_index[indices, rng.integers(0, 4, count)]
        guesses = self.guesses()
        of_prior = (rng.random(count) < FROM_PRIOR) & weight[:, :2].all(1)
        guess = rng.integers(0, len(guesses["examples"]), count)
        indices = np.where(of_prior, guesses["examples"][guess], indices)
        batch = self.make(indices, np.where(of_prior, guesses["captions"][guess], captions))
        away = F.normalize(torch.from_numpy(rng.standard_normal(batch["semantics"].shape).astype(np.float32)), dim=-1)
        length = torch.from_numpy(JITTER * rng.random((count, 1)).astype(np.float32))
        semantics = F.normalize(batch["semantics"] + length * away, dim=-1)
        batch["semantics"] = torch.where(torch.from_numpy(of_prior)[:, None], torch.from_numpy(guesses["semantics"][guess]), semantics)
        return {**batch, "weight": torch.from_numpy(weight)}

    def validation_batches(self):
        batch = self.make(self.held_out, self.data.caption_index[self.held_out, 0])
        batch["weight"][:, 2] = 0
        return [batch]

    def loss(self, network, batch):
        out = network(batch["sentence"], batch["semantics"], batch["palette"], batch["weight"])
        return F.mse_loss(out.float(), batch["picture"])

    def sheet(self, network, path):
        """Rows: trained pictures, and what caption and semantics let expect; the same of held-out ones; trained pictures, and
        what their caption and the prior's semantics let expect."""
        rng, device = np.random.default_rng(3), next(network.parameters()).device
        guesses = self.guesses()
        guess = rng.choice(len(guesses["examples"]), 10, replace=False)
        trained, held_out = self.data.draw(rng, 10, globals_only=True), self.held_out[:10]
        first = self.data.caption_index[:, 0]
        batches = [self.make(indices, first[indices]) for indices in (trained, held_out)]
        of_prior = self.make(guesses["examples"][guess], guesses["captions"][guess])
        rows = []
        for batch in (*batches, {**of_prior, "semantics": torch.from_numpy(guesses["semantics"][guess])}):
            batch["weight"][:, 2] = 0
            expected = network(*(batch[name].to(device) for name in ("sentence", "semantics", "palette", "weight")))
            for pictures in (batch["picture"], expected.float().cpu().clamp(-1, 1)):
                rows.append(list(F.interpolate(pictures, size=64, mode="bilinear")))
        rows_of(rows, path, side=96)
