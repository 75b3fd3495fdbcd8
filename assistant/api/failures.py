"""What went wrong → an HTTP answer in the words of the interface that was asked."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from assistant.errors import (
    AssistantError,
    BusyError,
    ModelError,
    QuestionError,
    StoreError,
    UnknownError,
)

OPENAI, OTHERS = "/v1", ("/api", "/mcp")
"""Where the interfaces for programs lie on the page's server."""
_STATUS: tuple[tuple[type[AssistantError], int], ...] = (
    (QuestionError, 400),
    (UnknownError, 404),
    (BusyError, 429),
    (ModelError, 502),
    (StoreError, 503),
)
_CODES = {401: "invalid_api_key", 404: "not_found", 429: "rate_limit_exceeded"}
OURS = "something went wrong on the server, which its log tells; ask again"
_WAIT = "2"  # seconds after which a busy server may be asked again
_log = logging.getLogger(__name__)


def refusal(
    path: str, status: int, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a refusal of one line: as OpenAI has it, as JSON to other programs, else as text."""
    if _under(path, OPENAI):
        return JSONResponse(openai_error(status, message), status, headers)
    if any(_under(path, one) for one in OTHERS):
        return JSONResponse({"error": message}, status, headers)
    return PlainTextResponse(message, status, headers)


def openai_error(status: int, message: str) -> dict[str, object]:
    """Return an error as OpenAI's protocol has it."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    error = {"message": message, "type": kind, "param": None, "code": _CODES.get(status)}
    return {"error": error}


def status_of(error: AssistantError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def invalid(error: ValidationError | RequestValidationError) -> QuestionError:
    """Return in one line what is wrong with what a program sent."""
    first, in_part = error.errors()[0], isinstance(error, RequestValidationError)
    where = ".".join(map(str, first["loc"][1 if in_part else 0 :]))  # of the body, the query
    return QuestionError(f"{where}: {first['msg']}" if where else str(first["msg"]))


async def answer_failure(request: Request, error: Exception) -> Response:
    """Return the HTTP answer to an exception; Starlette calls it."""
    path = str(request.scope["path"])
    if isinstance(error, HTTPException):
        return refusal(path, error.status_code, str(error.detail), error.headers)
    if isinstance(error, ValidationError | RequestValidationError):
        error = invalid(error)
    if isinstance(error, AssistantError):
        status = status_of(error)
        return refusal(path, status, str(error), {"Retry-After": _WAIT} if status == 429 else None)
    _log.error("a program's request was not answered", exc_info=error)
    return refusal(path, 500, OURS)


HANDLERS: dict[Any, Any] = dict.fromkeys(
    (HTTPException, ValidationError, RequestValidationError, AssistantError, Exception),
    answer_failure,
)
"""What answers each kind of exception, for Starlette."""


def is_for_programs(path: str) -> bool:
    """Tell whether a path leads to one of the interfaces for programs."""
    return any(_under(path, one) for one in (OPENAI, *OTHERS))


def _under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
