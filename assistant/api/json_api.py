"""JSON over HTTP: `/api/ask`, `/api/search`, `/api/papers`, `/api/corpora`, with OpenAPI.

The objects are those of `paper-assistant batch`. A question is a POST, since it may cost something:
a link on another site's page must not be able to ask one.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from assistant.api.failures import HANDLERS
from assistant.api.records import (
    AnswerRecord,
    FoundRecord,
    PaperRecord,
    answer_record,
    found_record,
    paper_record,
)
from assistant.api.scope import read_scope
from assistant.api.service import AnswerService
from assistant.errors import QuestionError
from assistant.reading.question import check_question
from assistant.retrieval.filters import parse_filters
from assistant.types import Filters

_MOST_TURNS, _LONGEST, _MOST_FOUND = 20, 8000, 1000
_Corpus = Annotated[str, Query(description="The name of a corpus; without it the server's first.")]
_Cursor = Annotated[int, Query(ge=0, description="next_cursor of the page before.")]


class AskRequest(BaseModel):
    """A question, and what was asked before it: either alone as `query`, or `turns`."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field("", max_length=_LONGEST, description="A question, with filters or without.")
    turns: list["UserTurn"] = Field(
        [],
        max_length=_MOST_TURNS,
        description="Instead of query: the questions of a conversation, the last to be answered.",
    )
    corpus: str = Field("", description="The name of a corpus; without it the server's first.")
    writer: str = Field("", description='"quotes", or the configured model, who is the default.')


class UserTurn(BaseModel):
    """One question of a conversation."""

    user: str = Field(max_length=_LONGEST)


class CorpusRecord(TypedDict):
    """A corpus: how many papers (null where it is damaged), of which years, about what, and who can
    write its answers."""

    name: str
    papers: int | None
    years: list[int]
    topics: list[str]
    writers: list[str]


class CorporaPage(TypedDict):
    """All corpora of the server."""

    corpora: list[CorpusRecord]


class PapersPage(TypedDict):
    """A page of papers, how many there are in all, and where the next page begins."""

    papers: list[PaperRecord]
    total: int
    next_cursor: int | None


class FoundPage(TypedDict):
    """A page of a ranking, best first, and where the next page begins."""

    corpus: str
    query: str
    retrieved: list[FoundRecord]
    next_cursor: int | None


class Failure(TypedDict):
    """What went wrong, in one line."""

    error: str


def build_json_api(service: AnswerService) -> FastAPI:
    """Return the application that answers below /api."""
    app = FastAPI(
        title="Paper Assistant",
        description="Cited answers from a corpus of paper abstracts.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        exception_handlers=HANDLERS,
        responses={code: {"model": Failure} for code in (400, 404, 429, 502, 503)},
    )
    app.include_router(_routes(service))
    return app


def corpus_record(service: AnswerService, corpus: str) -> CorpusRecord:
    """Return what a corpus holds as a JSON object."""
    scope = read_scope(service.corpora.settings, corpus)
    return {
        "name": corpus,
        "papers": None if scope.damaged else len(scope.papers),
        "years": list(scope.years or ()),
        "topics": list(scope.topics),
        "writers": service.writers,
    }


def read_filters(text: str) -> Filters:
    """Return the filters that a text is; QuestionError where it holds anything else."""
    rest, filters = parse_filters(text)
    if rest:
        raise QuestionError(f"{rest!r} is not a filter; write for example year>=2023 author:shan")
    return filters


def _refuse_unknown(request: Request) -> None:
    """Raise QuestionError for a parameter that a route does not have: `filter` for `filters`."""
    known = [one.alias for one in request.scope["route"].dependant.query_params]
    for name in request.query_params:
        if name not in known:
            told = f"known are {', '.join(known)}" if known else "none is known here"
            raise QuestionError(f"there is no parameter {name[:40]!r}; {told}")


def _routes(service: AnswerService) -> APIRouter:
    router = APIRouter(dependencies=[Depends(_refuse_unknown)])

    @router.post("/ask")
    async def ask(sent: AskRequest, request: Request) -> AnswerRecord:
        """Answer a question, or the last question of a conversation, with citations."""
        if bool(sent.query) == bool(sent.turns):
            raise QuestionError('give either a "query" or "turns"')
        questions = [turn.user for turn in sent.turns] or [sent.query]
        gone = request.is_disconnected
        return answer_record(await service.converse(questions, sent.corpus, sent.writer, gone))

    @router.get("/search")
    async def search(
        query: Annotated[str, Query(max_length=_LONGEST)],
        corpus: _Corpus = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: _Cursor = 0,
    ) -> FoundPage:
        """Rank papers for a question, without an answer."""
        found = await service.search(
            check_question(query), corpus, min(cursor + limit + 1, _MOST_FOUND)
        )
        page = [found_record(one) for one in found[cursor : cursor + limit]]
        more = cursor + limit if len(found) > cursor + limit else None
        name = corpus or service.corpora.first
        return {"corpus": name, "query": query, "retrieved": page, "next_cursor": more}

    @router.get("/papers")
    async def papers(
        filters: Annotated[str, Query(max_length=_LONGEST)] = "",
        corpus: _Corpus = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        cursor: _Cursor = 0,
    ) -> PapersPage:
        """List papers, in the order in which they were added, under filters such as year>=2023."""
        wanted = read_filters(filters)
        found = await service.run(lambda: service.assistant(corpus).papers(wanted))
        page = [paper_record(paper) for paper in found[cursor : cursor + limit]]
        more = cursor + limit if len(found) > cursor + limit else None
        return {"papers": page, "total": len(found), "next_cursor": more}

    @router.get("/papers/{corpus}/{name:path}")
    async def paper(corpus: str, name: str) -> PaperRecord:
        """Return one paper by its id, title or name."""
        return paper_record(await service.run(lambda: service.paper(name, corpus)))

    @router.get("/corpora")
    async def corpora() -> CorporaPage:
        """List the corpora, what they hold, and who can write answers."""
        names = service.corpora.names()
        return {"corpora": await service.run(lambda: [corpus_record(service, n) for n in names])}

    return router
