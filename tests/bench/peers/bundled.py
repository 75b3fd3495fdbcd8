"""The bundled papers and the lists of `tests/`, as a collection in BEIR layout."""

from __future__ import annotations

from pathlib import Path

from assistant.evaluation.files import write_records, write_text
from assistant.evaluation.questions import Resolver, read_questions, read_titles
from ingest.read import bundled_papers

SETS = ("questions", "more_questions", "fresh_questions")


def write_bundled(folder: Path) -> Path:
    """Write the collection into `folder`; only what a list must name counts as relevant."""
    papers = bundled_papers()
    corpus = [{"_id": one.id, "title": one.title, "text": one.abstract} for one in papers]
    queries, judged = [], ["query-id\tcorpus-id\tscore"]
    for name in SETS:
        source = Path(__file__).parents[2] / name
        asked = read_questions(source, ["lists"])
        for question in Resolver(papers, read_titles(source)).resolve(asked):
            key = f"{name}/{question.id}"
            queries.append({"_id": key, "text": question.asks[0].text})
            judged += [f"{key}\t{paper}\t1" for paper in sorted(question.relevant)]
    write_records(folder, {"corpus": corpus, "queries": queries}, force=True)
    (folder / "qrels").mkdir(exist_ok=True)
    write_text(folder / "qrels" / "test.tsv", "\n".join(judged) + "\n")
    return folder
