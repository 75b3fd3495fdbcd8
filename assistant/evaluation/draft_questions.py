"""A corpus → drafts of known-item questions in the papers' own words, easier than people's."""

import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.errors import EvaluationError
from assistant.evaluation.files import write_records
from assistant.text.abbreviations import definitions
from assistant.text.paper_names import NameIndex, is_name
from assistant.text.words import common_stem, fold, is_content, surface_words
from assistant.types import Paper

KINDS = ("title", "name", "keywords")
_KEYWORDS = 6
_BESIDE_NAME = 3
_SHORTEST = 3
# Signs by which a question would hold a filter.
_SIGNS = re.compile(r"[:<>=\"“”]+")


class Drafter:
    """Drafts questions from the papers of one corpus, the same for the same seed."""

    def __init__(self, papers: Sequence[Paper], seed: int = 0) -> None:
        self._papers = sorted(papers, key=lambda paper: paper.id)
        self._seed = seed
        self._names = NameIndex.of({paper.id: paper for paper in papers})
        self._used_by = Counter(
            key for paper in papers for key in _stems(f"{paper.title} {paper.abstract}")
        )

    def drafts(self) -> Iterator[dict[str, object]]:
        """Yield up to three lines of a question file for each paper; any first few mix kinds and
        papers evenly.
        """
        shuffled = list(self._papers)
        random.Random(self._seed).shuffle(shuffled)
        words_of = {"title": self._title, "name": self._name, "keywords": self._keywords}
        for turn in range(len(KINDS)):
            for number, paper in enumerate(shuffled):
                kind = KINDS[(number + turn) % len(KINDS)]
                words = _SIGNS.sub(" ", words_of[kind](paper)).split()
                if len(words) >= _SHORTEST - (kind == "name"):
                    yield {
                        "id": f"{kind}-{paper.id}",
                        "query": " ".join(words),
                        "relevant": [paper.id],
                        "source": paper.id,
                        "kind": kind,
                    }

    def _title(self, paper: Paper) -> str:
        """Return the title after its colon, or without a third of its words; "" if short."""
        head, _, rest = paper.title.partition(": ")
        if len(head.split()) <= 5 and len(_content_places(rest)) >= _SHORTEST:
            return rest
        places = _content_places(paper.title)
        if len(places) <= _SHORTEST:
            return ""
        chance = random.Random(f"{self._seed} {paper.id}")
        dropped = set(chance.sample(places, len(places) // _SHORTEST))
        words = enumerate(paper.title.split())
        return " ".join(word for place, word in words if place not in dropped)

    def _name(self, paper: Paper) -> str:
        """Return the paper's system, or an abbreviation it defines, and a few of its words."""
        name = self._names.display(paper)
        if name == paper.title:
            name = next((short for short, _ in definitions(paper.abstract)), "")
        words = self._distinctive(f"{paper.title}. {paper.abstract}", _stems(name), _BESIDE_NAME)
        return f"{name} {words}" if name and words else ""

    def _keywords(self, paper: Paper) -> str:
        """Return the abstract's most distinctive words that are not in the title, in its order."""
        return self._distinctive(paper.abstract, _stems(paper.title), _KEYWORDS)

    def _distinctive(self, text: str, but: frozenset[str], number: int) -> str:
        often = Counter(map(common_stem, surface_words(text)))
        words: dict[str, str] = {}
        for word in filter(_is_plain, surface_words(text)):
            words.setdefault(common_stem(word), word.lower())
        weights = {
            key: (1 + math.log(often[key])) * math.log(1 + len(self._papers) / self._used_by[key])
            for key in words
            if key not in but and len(key) > 2
        }
        chosen = sorted(weights, key=lambda key: (-weights[key], key))[:number]
        return " ".join(words[key] for key in words if key in chosen)


def write(
    papers: Sequence[Paper],
    folder: Path,
    limit: int | None = None,
    seed: int = 0,
    force: bool = False,
) -> int:
    """Write `known_item.jsonl` and `papers.jsonl`; return how many questions there are.

    EvaluationError when one is there already, unless `force`.
    """
    drafted = list(Drafter(papers, seed).drafts())[:limit]
    if not drafted:
        raise EvaluationError(
            "no question can be drafted: no paper has a title or abstract of more than a few words"
        )
    titles = [{"id": paper.id, "title": paper.title} for paper in papers]
    write_records(folder, {"known_item": drafted, "papers": titles}, force)
    return len(drafted)


def _content_places(text: str) -> list[int]:
    """Return the places of the words that say something."""
    words = enumerate(text.split())
    return [place for place, word in words if is_content(fold(word).strip(".,;:?!()"))]


def _is_plain(word: str) -> bool:
    """Tell whether a word says something, and is no name and no number."""
    digits = any(character.isdigit() for character in word)
    return word.isascii() and not digits and not is_name(word) and is_content(fold(word))


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(common_stem, surface_words(text)))
