"""TRT-ViT-C in PyTorch.

A classifier, or a backbone with maps at strides 4, 8, 16 and 32. Written by trtnas from
architecture ced9756e431ecdd2; it needs nothing but torch.

This network is not trained. Weights that were exported beside this file are random: they serve
timing, and comparison with other formats. Any top-1 accuracy stated for it is an estimate.

Top-1 82.1 % within 0.7 (estimate).

Second paragraph.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEAD_DIM = 32  # channels of an attention head


class ConvBN(nn.Conv2d):
    """Convolution without bias, padded to keep the size at stride 1, then batch normalisation."""

    def __init__(
        self, in_chs: int, out_chs: int, kernel: int = 1, stride: int = 1, groups: int = 1
    ):
        super().__init__(in_chs, out_chs, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(out_chs)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(super().forward(x))


def to_tokens(x: Tensor) -> tuple[Tensor, torch.Size]:
    """Map [B, C, H, W] to tokens [B, H * W, C] and their size (H, W)."""
    return x.flatten(2).transpose(1, 2), x.shape[2:]


def to_map(x: Tensor, size: torch.Size) -> Tensor:
    """Tokens [B, H * W, C] to map [B, C, H, W]."""
    return x.transpose(1, 2).unflatten(2, size)


class PatchEmbed(nn.Conv2d):
    """A convolution with kernel = stride turns a map into normalised tokens (arXiv 2102.12122)."""

    def __init__(self, in_chs: int, out_chs: int, stride: int):
        super().__init__(in_chs, out_chs, stride, stride)
        self.norm = nn.LayerNorm(out_chs)

    def forward(self, x: Tensor) -> tuple[Tensor, torch.Size]:
        x, size = to_tokens(super().forward(x))
        return self.norm(x), size


class Attention(nn.Module):
    """Multi-head attention; with s > 1, keys and values come from an s times coarser grid."""

    def __init__(self, chs: int, s: int):
        super().__init__()
        self.heads = chs // HEAD_DIM
        self.q = nn.Linear(chs, chs)
        self.kv = nn.Linear(chs, 2 * chs)
        self.proj = nn.Linear(chs, chs)
        self.sr = PatchEmbed(chs, chs, s) if s > 1 else None

    def forward(self, x: Tensor, size: torch.Size) -> Tensor:
        q = self.q(x).unflatten(2, (self.heads, HEAD_DIM)).transpose(1, 2)
        if self.sr is not None:
            x, _ = self.sr(to_map(x, size))
        kv = self.kv(x).unflatten(2, (2, self.heads, HEAD_DIM))
        k, v = kv.permute(2, 0, 3, 1, 4).unbind(0)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    """Two linear layers with GELU between, three times as wide inside."""

    def __init__(self, chs: int):
        super().__init__()
        self.fc1 = nn.Linear(chs, 3 * chs)
        self.fc2 = nn.Linear(3 * chs, chs)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class MixBlock(nn.Module):
    """The layers of a Transformer block and of a BottleNeck, for maps (arXiv 2205.09579)."""

    def __init__(self, row: Row):
        super().__init__()
        self.norm1 = nn.LayerNorm(row.global_chs)
        self.attn = Attention(row.global_chs, row.s)
        self.norm2 = nn.LayerNorm(row.global_chs)
        self.mlp = Mlp(row.global_chs)
        mid = row.local_chs // 4
        self.conv1 = ConvBN(row.local_chs, mid)
        self.conv2 = ConvBN(mid, mid, row.k)
        self.conv3 = ConvBN(mid, row.local_chs)

    def transformer(self, x: Tensor) -> Tensor:
        x, size = to_tokens(x)
        x = x + self.attn(self.norm1(x), size)
        x = x + self.mlp(self.norm2(x))
        return to_map(x, size)

    def bottleneck(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv1(x))
        y = F.relu(self.conv2(y))
        return F.relu(self.conv3(y) + x)


class BottleNeck(nn.Module):
    """1x1, 3x3 with the stride, and 1x1 convolution, with a residual (arXiv 1512.03385)."""

    def __init__(self, in_chs: int, row: Row, stride: int):
        super().__init__()
        mid = row.width // 4
        self.conv1 = ConvBN(in_chs, mid)
        self.conv2 = ConvBN(mid, mid, kernel=3, stride=stride)
        self.conv3 = ConvBN(mid, row.width)
        if stride != 1 or in_chs != row.width:
            self.shortcut = ConvBN(in_chs, row.width, stride=stride)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.conv1(x))
        y = F.relu(self.conv2(y))
        return F.relu(self.conv3(y) + self.shortcut(x))


class MixBlockC(MixBlock):
    """Transformer, then BottleNeck; the outputs of both are concatenated."""

    def __init__(self, in_chs: int, row: Row, stride: int):
        super().__init__(row)
        self.proj = ConvBN(in_chs, row.global_chs, stride=stride)
        if row.global_chs != row.local_chs:
            self.widen = ConvBN(row.global_chs, row.local_chs)
        else:
            self.widen = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x_global = self.transformer(self.proj(x))
        x_local = self.bottleneck(self.widen(x_global))
        return torch.cat([x_global, x_local], dim=1)


class Stem(nn.Module):
    """Three 3x3 convolutions and max pooling: 64 channels at stride 4."""

    def __init__(self, in_chans: int):
        super().__init__()
        self.conv1 = ConvBN(in_chans, 32, kernel=3, stride=2)
        self.conv2 = ConvBN(32, 32, kernel=3)
        self.conv3 = ConvBN(32, 64, kernel=3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        x = F.relu(self.conv3(x))
        return F.max_pool2d(x, kernel_size=3, stride=2, padding=1)


class Row(NamedTuple):
    """A stage."""

    width: int  # output channels
    blocks: list[type[nn.Module]]
    global_chs: int = 0  # channels of the Transformer in a MixBlock; R is global_chs / width
    s: int = 1  # attention's keys and values come from an s times coarser grid
    k: int = 3  # kernel of the BottleNeck in a MixBlock, or of an MBConv

    @property
    def local_chs(self) -> int:
        """Channels of the BottleNeck in a MixBlock."""
        return self.width - self.global_chs


STAGES = (  # at strides 4, 8, 16, 32
    Row(width=192, blocks=3 * [BottleNeck]),
    Row(width=384, blocks=4 * [BottleNeck]),
    Row(width=768, blocks=7 * [BottleNeck] + 2 * [MixBlockC], global_chs=384, s=2, k=7),
    Row(width=1536, blocks=6 * [MixBlockC], global_chs=768, k=7),
)


def make_stage(in_chs: int, row: Row, stride: int) -> nn.Sequential:
    """The row's blocks as b1, b2, ...; the first one changes channels and resolution."""
    stage = OrderedDict()
    for i, block in enumerate(row.blocks, start=1):
        stage[f"b{i}"] = block(in_chs, row, stride)
        in_chs, stride = row.width, 1
    return nn.Sequential(stage)


class Head(nn.Module):
    """Global average pooling and the linear classifier."""

    def __init__(self, in_chs: int, num_classes: int):
        super().__init__()
        self.fc = nn.Linear(in_chs, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.mean(dim=(2, 3)))


class Network(nn.Module):
    """Logits [B, num_classes], or with features_only the list of the four stages' maps."""

    strides = (4, 8, 16, 32)
    channels = tuple(row.width for row in STAGES)

    def __init__(self, num_classes: int = 1000, in_chans: int = 3, features_only: bool = False):
        super().__init__()
        self.stem = Stem(in_chans)
        self.s2 = make_stage(64, STAGES[0], stride=1)
        self.s3 = make_stage(self.channels[0], STAGES[1], stride=2)
        self.s4 = make_stage(self.channels[1], STAGES[2], stride=2)
        self.s5 = make_stage(self.channels[2], STAGES[3], stride=2)
        self.head = None if features_only else Head(self.channels[3], num_classes)
        self.apply(init_weights)

    def forward(self, x: Tensor) -> Tensor | list[Tensor]:
        x = self.stem(x)
        maps = []
        for stage in (self.s2, self.s3, self.s4, self.s5):
            x = stage(x)
            maps.append(x)
        return maps if self.head is None else self.head(x)


def init_weights(module: nn.Module) -> None:
    """He initialisation by fan-out for convolutions, a truncated normal for linear layers."""
    if isinstance(module, nn.Conv2d):
        fan_out = module.weight[:, 0].numel() // module.groups
        nn.init.normal_(module.weight, std=(2 / fan_out) ** 0.5)
    elif isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02, a=-0.04, b=0.04)
    if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
        nn.init.zeros_(module.bias)


def create_model(weights: str | None = None, **kwargs) -> Network:
    """Network(**kwargs), with weights from a safetensors file if one is given."""
    model = Network(**kwargs)
    if weights is not None:
        load_weights(model, weights)
    return model


def load_weights(model: Network, path: str) -> None:
    """Load a safetensors file; a model with features_only leaves the classifier out."""
    try:
        from safetensors.torch import load_file
    except ImportError:
        load_file = read_safetensors
    state = load_file(path)
    if model.head is None:
        state = {name: value for name, value in state.items() if not name.startswith("head.")}
    model.load_state_dict(state)


def read_safetensors(path: str) -> dict[str, Tensor]:
    """Read the tensors without the safetensors package: header's length, JSON header, data."""
    dtypes = {"F32": torch.float32, "I64": torch.int64}
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        value = torch.frombuffer(data[begin:end], dtype=dtypes[entry["dtype"]])
        state[name] = value.reshape(entry["shape"])
    return state
