"""A cross-encoder as an ONNX file: reads question and paper together and says how well they fit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from numpy.typing import NDArray
from pydantic import ConfigDict

from assistant.errors import ModelError
from assistant.models.minilm import open_session
from assistant.models.provider_errors import Bare, failures, reason

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 512
TOKENIZER = "tokenizer.json"
MODELS = ("onnx/model.onnx", "model.onnx")
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_TYPES: dict[str, type[np.generic]] = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


class CrossEncoder(BaseDocumentCompressor):
    """LangChain's interface to a network; a score depends on its pair alone."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str
    tokenizer: Any
    session: Any

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """Return copies of all documents, best first, each with its `relevance_score`."""
        scores = [self.score(query, document.page_content) for document in documents]
        scored = [
            document.model_copy(
                update={"metadata": {**document.metadata, "relevance_score": score}}
            )
            for document, score in zip(documents, scores, strict=True)
        ]
        return sorted(scored, key=lambda document: -float(document.metadata["relevance_score"]))

    def score(self, query: str, text: str) -> float:
        """Return a pair's logit, of two classes the difference; ModelError for anything else."""
        try:
            logits = np.asarray(self._run(query, text), dtype=np.float64)
        except runtime_errors() as error:
            raise ModelError(
                f"the reranker {self.name} cannot be run ({reason(error)}); use another model"
            ) from error
        if logits.size not in (1, 2) or logits.shape[:1] != (1,) or not np.isfinite(logits).all():
            raise ModelError(
                f"{self.name} is not a cross-encoder (its output has the shape {logits.shape}, not"
                " one number a pair); use one, such as"
                " cross-encoder:cross-encoder/ms-marco-MiniLM-L6-v2"
            )
        values = logits.ravel()
        return float(values[-1] - values[0]) if values.size == 2 else float(values[0])

    def _run(self, query: str, text: str) -> NDArray[Any]:
        encoding = self.tokenizer.encode(query, text)
        rows = dict(
            zip(_INPUTS, (encoding.ids, encoding.attention_mask, encoding.type_ids), strict=True)
        )
        feeds = {
            wanted.name: np.array([rows[wanted.name]], dtype=_TYPES[wanted.type])
            for wanted in self.session.get_inputs()
        }
        names = [output.name for output in self.session.get_outputs()]
        (output,) = self.session.run(["logits" if "logits" in names else names[0]], feeds)
        logits: NDArray[Any] = output
        return logits


def load(name: str, threads: int = 2) -> CrossEncoder:
    """Return the cross-encoder in the folder `name`, else of that name on the Hugging Face hub."""
    folder = Path(name).expanduser()
    if not folder.is_dir():
        folder = _fetched(name)
    shown = f"cross-encoder:{name}"
    tokenizer, network = folder / TOKENIZER, model_file(folder)
    if not tokenizer.is_file() or network is None:
        missing = TOKENIZER if network else " or ".join(reversed(MODELS))
        raise ModelError(
            f"the reranker {shown} lacks {missing}; use a model that has both, exported to ONNX"
        )
    try:
        encoder = CrossEncoder(
            name=shown, tokenizer=_tokenizer(tokenizer), session=open_session(network, threads)
        )
    except runtime_errors() as error:
        raise ModelError(
            f"the reranker {shown} cannot be loaded ({reason(error)}); get its files again"
        ) from error
    for wanted in encoder.session.get_inputs():
        if wanted.name not in _INPUTS or wanted.type not in _TYPES:
            raise ModelError(
                f"{shown} is not a cross-encoder of texts (it asks for {wanted.name},"
                f" {wanted.type}); use another model"
            )
    encoder.score("a question", "a text")
    return encoder


def model_file(folder: Path) -> Path | None:
    """Return the network's file in `folder`, None where there is none."""
    return next((folder / name for name in MODELS if (folder / name).is_file()), None)


def runtime_errors() -> tuple[type[Exception], ...]:
    """Return what a network may raise; onnxruntime's errors have no base of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    classes = [kind for kind in vars(state).values() if isinstance(kind, type)]
    own = [kind for kind in classes if issubclass(kind, Exception)]
    return (OSError, ValueError, TypeError, *own)


def _tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    with Bare():
        tokenizer = Tokenizer.from_str(path.read_text("utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _fetched(name: str) -> Path:
    """Return the model's folder in the hub's cache, fetched where it is not there yet."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    files = [TOKENIZER, *MODELS, *(f"{model}_data" for model in MODELS)]
    try:
        with suppress(LocalEntryNotFoundError):  # what is cached is used without asking the hub
            cached = Path(snapshot_download(name, allow_patterns=files, local_files_only=True))
            if (cached / TOKENIZER).is_file() and model_file(cached):
                return cached
        return Path(snapshot_download(name, allow_patterns=files))
    except failures() + (OSError,) as error:  # OSError: a cache that cannot be written
        raise ModelError(
            f"the reranker cross-encoder:{name} is no folder here and cannot be fetched from the"
            f" Hugging Face hub ({reason(error, 120)}); check the name and the network, or give a"
            f" folder that holds {TOKENIZER} and {MODELS[-1]}"
        ) from error
