"""The programs of a simulated laboratory: what they read, how launchers spell it, what comes out.

A setting maps a hyperparameter to its value. What a program computes from a setting, data, code
and a seed is a function of nothing else, so that equal work gives equal bits; a spelling changes
how a setting is written and never what is computed.
"""

from __future__ import annotations

import hashlib
import math
import struct
import time
from dataclasses import dataclass, field
from random import Random
from typing import Any

Setting = dict[str, Any]
WEEK = 7 * 86400.0
OPENED = 1_767_225_600.0
WEEKS = 26
SMOOTH = ("lr", "weight_decay", "dropout", "batch_size")
AMPLITUDE = 0.025
# Of the accuracies of settings drawn apart: one sine for each of SMOOTH, one draw for names.
SPREAD = AMPLITUDE * math.sqrt(len(SMOOTH) / 2 + 1)
DEAD = [
    f"{place}_{what}"
    for what in ("warm_restarts", "drop_path", "grad_scale", "label_queue", "freeze_after")
    for place in ("stem", "head", "neck", "tail")
]

# Where each launcher's users write a hyperparameter. {} is an element of the dotted path.
PATHS = {
    "hydra": {
        "seed": "seed", "epochs": "trainer.max_epochs", "ema": "trainer.ema",
        "lr": "optimizer.lr", "weight_decay": "optimizer.weight_decay",
        "optimizer": "optimizer.name", "scheduler": "scheduler.name",
        "step_size": "scheduler.step_size", "batch_size": "data.batch_size",
        "data": "data.path", "fold": "data.fold", "model": "model.name", "size": "model.size",
        "version": "model.tokenizer.version", "dropout": "model.dropout",
        "smoothing": "loss.label_smoothing", "dead": "model.extra.{}",
    },
    "lightning": {
        "seed": "seed_everything", "epochs": "trainer.max_epochs", "ema": "model.init_args.ema",
        "lr": "optimizer.init_args.lr", "weight_decay": "optimizer.init_args.weight_decay",
        "optimizer": "optimizer.class_path", "scheduler": "lr_scheduler.name",
        "step_size": "lr_scheduler.step_size", "batch_size": "data.init_args.batch_size",
        "data": "data.init_args.dir", "fold": "data.init_args.fold", "model": "model.class_path",
        "size": "model.init_args.size", "version": "model.init_args.vocab_version",
        "dropout": "model.init_args.dropout", "smoothing": "model.init_args.label_smoothing",
        "dead": "model.init_args.{}",
    },
    "hf": {
        "seed": "seed", "epochs": "num_train_epochs", "ema": "use_ema", "lr": "learning_rate",
        "weight_decay": "weight_decay", "optimizer": "optim", "scheduler": "scheduler",
        "step_size": "step_size", "batch_size": "per_device_train_batch_size",
        "data": "dataset_name", "fold": "fold", "model": "model_name_or_path",
        "size": "model_size", "version": "tokenizer_version", "dropout": "hidden_dropout_prob",
        "smoothing": "label_smoothing_factor", "dead": "{}",
    },
    "argparse": {
        "seed": "seed", "epochs": "epochs", "ema": "ema", "lr": "lr", "weight_decay": "wd",
        "optimizer": "opt", "scheduler": "scheduler", "step_size": "step_size",
        "batch_size": "batch_size", "data": "data_dir", "fold": "fold", "model": "arch",
        "size": "size", "version": "vocab_version", "dropout": "drop", "smoothing": "smoothing",
        "dead": "{}",
    },
}  # fmt: skip
NAMES = {
    "optimizer": {
        "lightning": {"adamw": "torch.optim.AdamW", "sgd": "torch.optim.SGD"},
        "hf": {"adamw": "adamw_torch", "sgd": "sgd"},
    },
}
MODELS = ["resnet", "vit", "convnext", "bert", "gpt", "mixer", "unet", "swin"]
DATASETS = ["cifar", "imagenet", "wikitext", "squad", "speech", "housing", "weather", "genomes"]


def surroundings(launcher: str, run: str, started: float, name: str, draw: Random) -> Setting:
    """What a launcher writes beside the hyperparameters: where output goes, ports, loggers."""
    stamp = time.strftime("%Y-%m-%d/%H-%M-%S", time.gmtime(started))
    if launcher == "hydra":
        return {
            "hydra.run.dir": f"outputs/{stamp}", "hydra.job.name": name,
            "hydra.job.num": draw.randrange(64), "logger.wandb.name": f"{name}-{run[:4]}",
            "logger.wandb.mode": "online", "trainer.default_root_dir": f"outputs/{stamp}",
        }  # fmt: skip
    if launcher == "lightning":
        return {
            "trainer.default_root_dir": f"lightning_logs/{run[:6]}",
            "trainer.logger.init_args.name": f"{name}-{run[:4]}",
            "trainer.logger.init_args.save_dir": f"lightning_logs/{run[:6]}",
            "trainer.enable_progress_bar": draw.random() < 0.5,
        }
    if launcher == "hf":
        return {
            "output_dir": f"out/{name}-{run[:6]}", "logging_dir": f"out/{name}-{run[:6]}/runs",
            "run_name": f"{name}-{run[:4]}", "logging_steps": draw.choice([10, 50, 100]),
            "report_to": draw.choice(["wandb", "none"]),
        }  # fmt: skip
    return {
        "save_dir": f"checkpoints/{run[:6]}", "log_dir": f"logs/{stamp}",
        "exp_name": f"{name}-{run[:4]}", "port": 20000 + draw.randrange(9999),
        "gpu": draw.randrange(8), "print_freq": draw.choice([10, 100]),
    }  # fmt: skip


def nested(leaves: Setting) -> Setting:
    """Dotted paths as the nested object that a launcher writes."""
    tree: Setting = {}
    for path, value in leaves.items():
        *folders, leaf = path.split(".")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[leaf] = value
    return tree


def flat(tree: Setting, before: str = "") -> Setting:
    """The dotted paths of a nested object."""
    leaves: Setting = {}
    for name, value in tree.items():
        inner = isinstance(value, dict)
        leaves |= flat(value, f"{before}{name}.") if inner else {f"{before}{name}": value}
    return leaves


def digest(*parts: object) -> str:
    """16 hexadecimal digits that stand for what is given."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def active(setting: Setting) -> list[tuple[str, Any]]:
    """What the program reads: no key that it ignores, none that another key switches off.

    A longer budget goes on where a shorter one ended, except under a cosine schedule, which is
    stretched over the budget.
    """
    hidden = {"seed", "dead", "ema"}
    if setting.get("scheduler") != "step":
        hidden.add("step_size")
    if setting.get("scheduler") != "cosine":
        hidden.add("epochs")
    return sorted((key, value) for key, value in setting.items() if key not in hidden)


@dataclass(slots=True)
class Code:
    """A state of the source: `meaning` is what the compiler would see."""

    commit: str
    tree: str
    closure: str
    meaning: int


@dataclass
class Program:
    """One entry program of one project, and what the tracker beside it records."""

    project: str
    entry: str
    launcher: str
    flavour: str
    draw: Random
    codes: list[Code] = field(default_factory=list)
    knobs: int = 0

    def __post_init__(self) -> None:
        draw = self.draw
        self.sigma = 0.015 if self.flavour == "noisy" else 0.003
        self.deterministic = self.flavour != "nondeterministic"
        self.epoch_seconds = draw.uniform(20, 600)
        self.watts = draw.uniform(150, 3000)
        self.dataset = draw.choice(DATASETS)
        self.hosts = [f"{draw.choice(['gpu', 'node', 'dgx'])}{n:02}" for n in range(1, 5)]
        self.users = draw.sample(["ada", "emmy", "grace", "kurt", "mary", "sofia"], 3)
        self.phase = {key: draw.uniform(0, 6.28) for key in SMOOTH}
        self.libraries = {"python": "3.11.2", "torch": "2.4.1"}
        meaning = 0
        for _ in range(WEEKS + 1):
            meaning += draw.random() < 0.7
            self.codes.append(self.commit(meaning))

    def commit(self, meaning: int, like: Code | None = None) -> Code:
        """A new commit; with `like`, one that changes comments or files that are not imported."""
        closure = like.closure if like else f"sha256:{self.draw.getrandbits(256):064x}"
        tree = f"{self.draw.getrandbits(160):040x}"
        return Code(f"{self.draw.getrandbits(160):040x}", tree, closure, meaning)

    def code_at(self, started: float) -> Code:
        return self.codes[min(WEEKS, int((started - OPENED) / WEEK))]

    def setting(self, draw: Random) -> Setting:
        """A setting that nobody else has drawn: a learning rate from a tuner, to the last bit."""
        scheduler = draw.choice(["none", "step", "constant"])
        return {
            "model": draw.choice(MODELS), "size": draw.choice(["small", "base", "large"]),
            "version": draw.choice(["1.1", "1.2", "1.10", "2.0"]),
            "data": f"data/{self.dataset}", "fold": 0, "batch_size": draw.choice([32, 64, 128]),
            "lr": 10 ** draw.uniform(-4.5, -1.5), "weight_decay": 10 ** draw.uniform(-6, -2),
            "dropout": draw.uniform(0.05, 0.5), "optimizer": draw.choice(["adamw", "sgd"]),
            "scheduler": scheduler, "step_size": draw.choice([10, 20, 30]),
            "epochs": draw.choice([3, 5, 8, 12]), "ema": False,
        }  # fmt: skip

    def work(self, setting: Setting, data: str, code: Code) -> str:
        """The recipe that is computed, without the seed."""
        libraries = self.libraries["torch"]
        return digest(self.project, self.entry, data, code.meaning, libraries, active(setting))

    def accuracy(self, setting: Setting) -> float:
        """What a setting reaches on average over seeds: smooth in numbers."""
        waves = sum(
            math.sin(math.log(setting[key]) + self.phase[key]) for key in SMOOTH if key in setting
        )
        names = [value for key, value in active(setting) if key not in SMOOTH]
        draw = int(digest(self.project, names)[:8], 16) / 2**32
        return 0.7 + AMPLITUDE * (waves + 3.46 * (draw - 0.5))

    def curve(self, accuracy: float, bits: str, epochs: int) -> list[dict[str, float]]:
        """The metrics of each epoch: a function of nothing but what is given."""
        raw = hashlib.shake_128(bits.encode()).digest(16 + 24 * epochs)
        first, second = (n / 2**64 for n in struct.unpack("<QQ", raw[:16]))
        luck = math.sqrt(-2 * math.log(first or 0.5)) * math.cos(6.283185307179586 * second)
        top = accuracy + self.sigma * luck
        rows = []
        for epoch in range(1, epochs + 1):
            a, b, c = struct.unpack_from("<QQQ", raw, 24 * epoch - 8)
            left = math.exp(-0.9 * epoch)
            rows.append({
                "train/loss": 2.3 * left + (1 - top) + 1e-2 * (a / 2**64),
                "val/loss": 2.4 * left + (1.1 - top) + 1e-2 * (b / 2**64),
                "val/accuracy": top * (1 - left) + 1e-4 * (c / 2**64),
            })  # fmt: skip
        return rows

    def leaves(self, setting: Setting, seed: object) -> Setting:
        """A setting as dotted paths, in the words of the launcher."""
        paths = PATHS[self.launcher]
        leaves: Setting = {}
        for key, value in setting.items():
            if key == "dead":
                leaves.update({paths[key].format(name): knob for name, knob in value.items()})
            else:
                names = NAMES.get(key, {}).get(self.launcher, {})
                leaves[paths[key]] = names.get(value, value) if names else value
        if seed is not None:
            leaves[paths["seed"]] = seed
        return leaves
