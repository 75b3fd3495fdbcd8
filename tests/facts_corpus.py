"""Eight papers whose records say more than the usual, and their index."""

from __future__ import annotations

from pathlib import Path

from assistant.assistant import Assistant
from assistant.index.layout import Folder
from assistant.models.minilm import MiniLM
from assistant.types import Paper, RecordFacts
from ingest.index import Plan, index


def paper(name: str, about: str, year: int, venue: str = "", **facts: object) -> Paper:
    return Paper(
        name.lower(),
        f"{name}: {about}",
        f"We present {name}, {about[0].lower()}{about[1:]}. It is tested on three data sets of "
        f"{about.split()[-1]}. {name} needs half the training time of earlier methods.",
        (f"Ada {name}son", "Bo Shan"),
        year,
        venue or None,
        f"https://example.org/{name.lower()}",
        facts=RecordFacts(**facts),  # type: ignore[arg-type]
    )


PAPERS = [
    paper(
        "VidGlow", "A flow model that generates short clips of video", 2021, "CVPR 2021",
        doi="10.1000/vidglow", arxiv_id="2101.00001", type="paper-conference",
        keywords=("Video generation", "flows"), categories=("cs.CV", "cs.LG"), cited_by=320,
    ),
    paper(
        "VidStitch", "A recurrent network that stitches frames of video", 2019, "Science Letters",
        doi="10.1000/vidstitch", pmid="3141592", type="article-journal",
        keywords=("video generation", "frames"), categories=("cs.CV",), cited_by=55, retracted=True,
    ),
    paper(
        "VidPlan", "A planner that writes storyboards for video", 2023,
        arxiv_id="2301.00002", type="article", keywords=("storyboards",),
        categories=("cs.CV", "cs.AI"), cited_by=7,
    ),
    paper(
        "SpeakWell", "A speech synthesiser that learns from whispered speech", 2022, "ICASSP 2022",
        type="paper-conference", keywords=("speech synthesis",), categories=("eess.AS",), cited_by=50,
    ),
    paper(
        "HearFar", "A speech recogniser that works on distant speech", 2020,
        type="thesis", keywords=("speech recognition",), categories=("eess.AS", "cs.SD"), cited_by=0,
    ),
    paper(
        "FoldFast", "A transformer that predicts the folds of proteins", 2022, "Nature",
        doi="10.1000/foldfast", pmid="2718281", type="article-journal", keywords=("proteins",),
        categories=("q-bio.BM",), retracted=True,
    ),
    paper("LightTrap", "A cavity that slows pulses of light", 2018, categories=("physics.optics",)),
    paper("LawLens", "A review of networks that read contracts of law", 2024, type="review", cited_by=12),
]  # fmt: skip


def open_facts(root: Path, embedder: MiniLM) -> Assistant:
    """Index the papers in the corpus "facts" below `root`, and open it."""
    folder = Folder(root / "facts")
    index(Plan(PAPERS), folder, embedder)
    return Assistant(folder, embedder)
