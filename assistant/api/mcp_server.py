"""The Model Context Protocol: tools that ask, search, compare and look up; papers as resources.

Over stdio for a program on this machine, and over HTTP on the page's server. Needs the extra `mcp`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, get_type_hints
from urllib.parse import unquote

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from pydantic import BaseModel, ValidationError

from assistant.api import mcp_tools
from assistant.api.failures import invalid
from assistant.api.scope import Scope, read_scope
from assistant.api.service import AnswerService
from assistant.errors import AssistantError, UnknownError
from assistant.index import corpora
from assistant.settings import Settings
from assistant.types import Paper

_INSTRUCTIONS = (
    "Answers come from the abstracts of a corpus alone, with the words that they rest on; what the"
    " abstracts do not say is not said. Cite the papers by their addresses. Ask short questions,"
    " one thing at a time."
)
_PAGE, _MOST_SESSIONS = 100, 256
_MARKDOWN = "text/markdown"
_READS = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
GetService = Callable[[], Awaitable[AnswerService]]
Context = Any  # of the package mcp; nothing is read from it


class _Tool:
    """A tool of a function: between which objects it works, and by its docstring what it does."""

    def __init__(self, title: str, work: Callable[[AnswerService, Any], Awaitable[BaseModel]]):
        self.title, self.work = title, work
        self.does = " ".join((work.__doc__ or "").split())
        _, self.takes, self.gives = get_type_hints(work).values()  # in the order of the signature


_TOOLS = {
    "ask": _Tool("Ask the papers", mcp_tools.ask),
    "search": _Tool("Search papers", mcp_tools.search),
    "get_paper": _Tool("Get a paper", mcp_tools.get_paper),
    "list_corpora": _Tool("List corpora", mcp_tools.list_corpora),
    "compare": _Tool("Compare papers", mcp_tools.compare),
}


@dataclass(frozen=True, slots=True)
class _Handlers:
    """What answers MCP's requests; the service may still be opening when they come."""

    settings: Settings
    service: GetService

    async def list_tools(self, context: Context, params: Any) -> types.ListToolsResult:
        """Return the tools, described with what the corpora hold now."""
        first, *others = await asyncio.to_thread(self._scopes)
        more = f" Other corpora: {', '.join(scope.corpus for scope in others)}." if others else ""
        scope = f"Its scope is {first.describe()}.{more}"
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=name,
                    title=tool.title,
                    description=f"{tool.does} {scope}",
                    input_schema=tool.takes.model_json_schema(),
                    output_schema=tool.gives.model_json_schema(mode="serialization"),
                    annotations=_READS,
                )
                for name, tool in _TOOLS.items()
            ]
        )

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Do what a tool does; what the model can mend is told in one line."""
        tool = _TOOLS.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name[:80]!r}")
        try:
            given = tool.takes.model_validate(params.arguments or {})
            result = await tool.work(await self.service(), given)
        except ValidationError as error:
            return _failed(invalid(error))
        except AssistantError as error:
            return _failed(error)
        return types.CallToolResult(
            content=[types.TextContent(text=mcp_tools.readable(result))],
            structured_content=result.model_dump(mode="json"),
        )

    async def list_resources(
        self, context: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """Return a page of the papers of all corpora."""
        try:
            start = mcp_tools.read_cursor((params and params.cursor) or "")
        except AssistantError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from error
        scopes = await asyncio.to_thread(self._scopes)
        papers = [(scope.corpus, paper) for scope in scopes for paper in scope.papers.values()]
        more = str(start + _PAGE) if len(papers) > start + _PAGE else None
        listed = [_resource(corpus, paper) for corpus, paper in papers[start : start + _PAGE]]
        return types.ListResourcesResult(resources=listed, next_cursor=more)

    async def list_templates(
        self, context: Context, params: Any
    ) -> types.ListResourceTemplatesResult:
        """Return how papers are addressed."""
        template = types.ResourceTemplate(
            uri_template="paper://{corpus}/{id}",
            name="paper",
            title="A paper",
            description="A paper with its abstract, by its corpus and id.",
            mime_type=_MARKDOWN,
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """Return a paper as Markdown."""
        try:
            paper = await asyncio.to_thread(self._addressed, str(params.uri))
        except AssistantError as error:
            raise MCPError(types.INVALID_PARAMS, str(error), {"uri": str(params.uri)}) from error
        text = types.TextResourceContents(
            uri=params.uri, mime_type=_MARKDOWN, text=_markdown(paper)
        )
        return types.ReadResourceResult(contents=[text])

    def _scopes(self) -> list[Scope]:
        """Return what the corpora hold, the first one's first."""
        first = self.settings.corpus
        names = dict.fromkeys([first, *corpora.names(self.settings)])
        return [read_scope(self.settings, name) for name in names]

    def _addressed(self, uri: str) -> Paper:
        """Return the paper at an address; UnknownError for none."""
        scheme, _, rest = uri.partition("://")
        corpus, _, path = rest.partition("/")
        identifier = unquote(path)
        papers = {scope.corpus: scope.papers for scope in self._scopes()}.get(corpus, {})
        if scheme == "paper" and identifier in papers:
            return papers[identifier]
        raise UnknownError(f"there is no paper at {uri[:200]!r}; list the resources, or search")


def build_server(settings: Settings, service: GetService) -> Server[Any]:
    """Return a server of MCP for the corpora that `settings` name."""
    handlers = _Handlers(settings, service)
    return Server(
        "paper-assistant",
        title="Paper Assistant",
        version=version("paper-assistant"),
        instructions=_INSTRUCTIONS,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
    )


def serve_stdio(settings: Settings, open_service: Callable[[], AnswerService]) -> None:
    """Serve MCP over standard input and output until the input ends.

    The corpus is opened meanwhile: what needs it waits, what a program asks first does not.
    """

    async def serve() -> None:
        opening = asyncio.ensure_future(asyncio.to_thread(open_service))
        server = build_server(settings, partial(asyncio.shield, opening))
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())
        (await opening).close()

    asyncio.run(serve())


@asynccontextmanager
async def serve_http(
    settings: Settings, service: AnswerService
) -> AsyncIterator[StreamableHTTPSessionManager]:
    """Give what answers MCP's requests over HTTP, with sessions for older clients."""

    async def get_service() -> AnswerService:
        return service

    server = build_server(settings, get_service)
    manager = StreamableHTTPSessionManager(server, max_sessions=_MOST_SESSIONS)
    async with manager.run():
        yield manager


def _failed(error: AssistantError) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=str(error))], is_error=True)


def _resource(corpus: str, paper: Paper) -> types.Resource:
    facts = ", ".join(str(fact) for fact in (paper.year, paper.venue) if fact)
    return types.Resource(
        uri=mcp_tools.resource(corpus, paper.id),
        name=paper.id,
        title=paper.title,
        description=facts or None,
        mime_type=_MARKDOWN,
    )


def _markdown(paper: Paper) -> str:
    """Return a paper as Markdown; an abstract's words stay as they are."""
    facts = [", ".join(paper.authors), str(paper.year or ""), paper.venue or "", paper.page]
    told = "\n".join(fact for fact in facts if fact)
    if paper.facts.retracted:
        told = f"**Retracted.**\n{told}"
    return f"# {paper.title}\n\n{told}\n\n{paper.abstract}\n"
