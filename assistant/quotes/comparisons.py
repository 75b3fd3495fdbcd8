"""Compare …: a table with papers as columns and aspects as rows; each cell a quote."""

from __future__ import annotations

import re

from assistant import intent, roles
from assistant.evidence import Sentence
from assistant.markdown import link
from assistant.names import INTRODUCED, is_name
from assistant.quotes.compose import Composer
from assistant.quotes.draft import Draft, Request
from assistant.roles import ROLES, Role
from assistant.types import Paper

NOT_STATED = "*not stated in the abstract*"
_MOST = 4
_ROOM: dict[Role, int] = {"problem": 1, "approach": 2, "data": 1, "results": 2, "availability": 1}
_RELEVANCE = 0.8
_ASKED_SCORE = 0.45
# A described side must come this near to some paper (see `Retrieval.nearness`).
_SIDE_NEARNESS = 1.0
_CONTEXT = 0.5
_CONTEXT_SCORE = 6.0
_COVERED = 0.99
_LEAD = re.compile(
    r"^.*?\b(?:compare|contrast|differences? between|comparison (?:of|between)|distinguishes)\b|"
    r"^\s*how (?:do|does|is|are|did)\b|\b(?:compares?|differs?|different)\b|\b(?:them|they)\b",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s(?:vs\.?|versus|with|and|to|against|from|or)\s|[,;/]", re.IGNORECASE)
_ONE_ABOUT = re.compile(
    r"\b(?:the )?(?:one|other|first|second|another)(?: one| paper)? (?:is )?(?:about|on|that|which|with|for|using|from|in) "
    r"(.+?)(?=,?\s(?:and|or|while|versus|vs)\b|[.?;,]|$)",
    re.IGNORECASE,
)


def sides(request: Request) -> tuple[list[Paper], list[str]]:
    """Return the papers to compare, in the order in which they are named, and the descriptions that fit no paper."""
    papers = request.retriever.papers
    firm = [papers[one.paper_id] for one in request.mentions if one.strength >= INTRODUCED]
    if len(firm) >= 2 and not re.search(
        r"\b(?:the|that) [\w-]+ (?:paper|one)\b", request.names.without(request.question, request.mentions)
    ):
        return firm[:_MOST], []
    if not (firm or intent.compares_openly(request.question)):
        return [], []
    return _described_sides(request, firm)


def write(request: Request, papers: list[Paper]) -> Draft:
    """Return the table for `papers`."""
    composer = Composer(papers)
    cells = {paper.id: _cells(request, paper) for paper in papers}
    header = "| | " + " | ".join(_column(request, paper) for paper in papers) + " |"
    lines = [header, "|---" * (len(papers) + 1) + "|"]
    asked = {paper.id: _asked(request, paper) for paper in papers}
    if any(asked.values()):
        row = [_cell(paper, [one] if (one := asked[paper.id]) else [], composer) for paper in papers]
        lines.append(f"| **As asked** | {' | '.join(row)} |")
    for role in ROLES:
        row = [_cell(paper, cells[paper.id][role], composer) for paper in papers]
        lines.append(f"| **{role.capitalize()}** | {' | '.join(row)} |")
    shown = {paper.id for paper in papers}
    rest = tuple(one.paper for one in request.retrieval.candidates[:5] if one.paper.id not in shown)
    return Draft("comparison", "\n".join(lines), composer.citations, considered=rest)


def _cells(request: Request, paper: Paper) -> dict[Role, list[Sentence]]:
    """Return the sentences of each row: the strongest for their role, and nearest to the question, each used once."""
    sentences = request.sentences([paper])
    offers = [
        (strength + _RELEVANCE * sentence.score, role, sentence)
        for sentence in sentences
        for role in ROLES
        if (strength := roles.strength(role, sentence.span.text, sentence.position, sentence.count)) > 0
    ]
    rows: dict[Role, list[Sentence]] = {role: [] for role in ROLES}
    used: set[int] = set()
    for _, role, sentence in sorted(offers, key=lambda offer: -offer[0]):
        if sentence.position not in used and len(rows[role]) < _ROOM[role]:
            rows[role].append(sentence)
            used.add(sentence.position)
    if not any(rows.values()):
        rows["approach"] = [max(sentences, key=lambda one: one.score)]
    return {role: sorted(row, key=lambda one: one.position) for role, row in rows.items()}


def _asked(request: Request, paper: Paper) -> Sentence | None:
    """Return the sentence nearest to what is asked beside the names, None when nothing particular is asked."""
    words = [word for word in request.open_concepts() if not _LEAD.search(word)]
    if not words:
        return None
    sentences = request.sentences_without_names([paper])
    best = max(sentences, key=lambda one: one.score, default=None)
    return best if best is not None and best.score >= _ASKED_SCORE else None


def _cell(paper: Paper, sentences: list[Sentence], composer: Composer) -> str:
    return " ".join(composer.quote(paper, one.span) for one in sentences) or NOT_STATED


def _column(request: Request, paper: Paper) -> str:
    year = f" ({paper.year})" if paper.year else ""
    return link(request.names.display(paper), paper.url) + year


def _described_sides(request: Request, named: list[Paper]) -> tuple[list[Paper], list[str]]:
    chosen = list(named)
    unknown: list[str] = []
    whole = {one.paper.id: one.score for one in request.retrieval.candidates}
    for side, explicit in _segments(request):
        found = request.retriever.search(side, request.filters)
        free = [one for one in found.candidates if one.paper not in chosen]
        names = [one for one in found.query.concepts if is_name(one.surface)]
        known = any(frequency for one, frequency in zip(found.query.concepts, found.query.keywords.frequencies, strict=True)
                    if one in names)  # fmt: skip
        best = max(free, key=lambda one: one.score + _CONTEXT * whole.get(one.paper.id, 0.0), default=None)
        in_context = best is not None and (whole.get(best.paper.id, 0.0) >= _CONTEXT_SCORE or best.coverage > _COVERED)
        # A bare name that no paper owns ("LoRA"), however many mention it, and a single common word are no papers.
        alone = len(found.query.concepts) < 2 and not explicit
        bare = len(found.query.concepts) <= len(names) or (alone and not re.search(r"\b(?:paper|one)\b", side))
        if best is None or bare or (names and not known) or (found.nearness < _SIDE_NEARNESS and not in_context):
            unknown.append(side)
        else:
            chosen.append(best.paper)
    if len(chosen) < 2 and not unknown and not named:
        chosen = [one.paper for one in request.retrieval.candidates[:2]]
    return chosen[:_MOST], unknown


def _segments(request: Request) -> list[tuple[str, bool]]:
    """Return the descriptions of the sides that are not named, and whether each is one in so many words ("one about …")."""
    firm = {one.paper_id for one in request.mentions if one.strength >= INTRODUCED}
    described = [match.group(1) for match in _ONE_ABOUT.finditer(request.question)]
    if described and len(described) + len(firm) >= 2:
        return [(one, True) for one in described]
    pieces = []
    for sentence in re.split(r"[.?!]\s", request.question.rstrip(".?! ")):
        if intent.kind_of(sentence) == "comparison":
            pieces += _JOINT.split(_LEAD.sub(" ", sentence))
    clean = [re.sub(r"^\W+|\W+$", "", piece) for piece in pieces]
    return [
        (piece, False)
        for piece in clean
        if piece
        and request.retriever.keywords.concepts(piece)
        and not any(mention.paper_id in firm for mention in request.names.find(piece))
    ]
