"""What the doctor says of models, keys, servers and indexes, well and unwell."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assistant.cli import doctor
from assistant.cli.doctor import Finding, examine, exit_code, show
from assistant.composing.written.llm_errors import CallError
from assistant.settings import Settings, load_settings
from tests.test_models import KEY, LLAMA, OLLAMA, Start, gguf, start

__all__ = ["gguf", "start"]  # fixtures


def subjects(found: list[Finding]) -> dict[str, Finding]:
    """Return the findings by subject, the last of each."""
    return {one.subject: one for one in found}


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data")


def with_model(settings: Settings, model: str) -> Settings:
    return load_settings(data_dir=settings.data_dir, model=model, timeout=5.0)


def test_without_anything_configured_all_is_well(empty: Settings) -> None:
    found = examine(empty, places=())
    by = subjects(found)
    assert exit_code(found) == 0
    assert "quotations" in by["model"].text
    assert "384 dimensions" in by["embedder"].text
    assert "none yet" in by["index"].text
    assert not empty.corpus_dir.exists()


def test_index_that_is_there(data_dir: Path) -> None:
    by = subjects(examine(load_settings(data_dir=data_dir), places=()))
    assert by["index"].status == "ok"
    assert by["index"].text.startswith("219 papers in ")
    assert "built with minilm-int8" in by["index"].text


@pytest.mark.parametrize("harm", ["current.json", "chroma.sqlite3", "missing"])
def test_damaged_index(data_dir: Path, tmp_path: Path, harm: str) -> None:
    shutil.copytree(data_dir, tmp_path / "copy")
    root = tmp_path / "copy" / "default"
    if harm == "missing":
        shutil.rmtree(next(root.glob("index-*")))
    else:
        next(root.rglob(harm)).write_bytes(b"damaged" * 1000)
    found = examine(load_settings(data_dir=tmp_path / "copy"), places=())
    assert subjects(found)["index"].status == "fail"
    assert "paper-assistant ingest --rebuild" in subjects(found)["index"].fix
    assert exit_code(found) == 2


def test_index_of_another_embedder(
    start: Start, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = {"object": "list", "model": "e", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    vector["data"] = [{"object": "embedding", "index": 0, "embedding": [1.0, 0.0, 0.0]}]
    monkeypatch.setenv("OPENAI_BASE_URL", start({"/v1/embeddings": vector}).base_url)
    by = subjects(examine(load_settings(data_dir=data_dir, embedder="openai:e"), places=()))
    assert by["embedder"].text.startswith("openai:e, 3 dimensions")
    assert "was built with minilm" in by["index"].text
    assert "--rebuild" in by["index"].fix


def test_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    by = subjects(examine(load_settings(data_dir=tmp_path / "file"), places=()))
    assert by["index"].status == "fail"
    assert "--data-dir" in by["index"].fix


def test_model_that_answers(start: Start, empty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start({"/v1/models": {"data": [{"id": "m", "max_model_len": 4000}]}})
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url.replace("//", "//me:password@"))
    monkeypatch.setenv("PAPER_ASSISTANT_MODEL", "openai:m")
    found = examine(with_model(empty, "openai:m"), places=())
    by = subjects(found)
    assert by["model"].text == "openai:m (from PAPER_ASSISTANT_MODEL)"
    assert by["server"].text == server.base_url
    assert by["call"].status == "ok"
    assert server.asked[0][1]["max_tokens"] == 8
    assert by["tokens"].status == "ok"
    assert by["context"].status == "warn"
    assert "holds 4000 tokens" in by["context"].text
    assert "password" not in repr(found)
    assert exit_code(found) == 0


@pytest.mark.parametrize(
    ("status", "says", "fix"),
    [
        (401, "refused the key", "check OPENAI_API_KEY"),
        (404, "does not know this model", "the server has: real-one, another"),
        pytest.param(429, "is busy (429)", "try again", marks=pytest.mark.slow),
        pytest.param(500, "failed (500", "try again later", marks=pytest.mark.slow),
    ],
)
def test_model_that_fails(
    start: Start, empty: Settings, monkeypatch: pytest.MonkeyPatch, status: int, says: str, fix: str
) -> None:
    server = start({"/v1/models": {"data": [{"id": "real-one"}, {"id": "another"}]}}, status=status)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    found = examine(with_model(empty, "openai:m"), places=())
    by = subjects(found)
    assert by["call"].status == "fail"
    assert says in by["call"].text
    assert fix in by["call"].fix
    assert by["key"].text == "OPENAI_API_KEY is set"
    assert by["model"].text == "openai:m (from --model)"
    assert KEY not in repr(found)
    assert exit_code(found) == 2


def test_another_providers_key_is_named(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Finding:
        raise CallError("the model's server refused the key (401); check OPENAI_API_KEY")

    monkeypatch.setattr(doctor, "_call", refused)
    monkeypatch.setattr(doctor.providers, "make_chat_model", lambda *_: None)
    by = subjects(examine(with_model(empty, "anthropic:m"), places=()))
    assert by["call"].fix == "check ANTHROPIC_API_KEY"


def test_server_that_is_not_there_while_another_is(
    start: Start, empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = start(OLLAMA)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    by = subjects(examine(with_model(empty, "openai:m"), places=(other.url,)))
    line = f"OPENAI_BASE_URL={other.base_url} paper-assistant --model openai:llama3.2:latest"
    assert "cannot be reached" in by["call"].text
    assert line in by["call"].fix
    assert by["local server"].fix == line


def test_secure_connection_that_fails(
    start: Start, empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", start().base_url.replace("http:", "https:"))
    by = subjects(examine(with_model(empty, "openai:m"), places=()))
    assert "failed the TLS check" in by["call"].text
    assert "SSL_CERT_FILE" in by["call"].fix


def test_server_that_does_not_answer_in_time(
    empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
        settings = load_settings(data_dir=empty.data_dir, model="openai:m", timeout=0.3)
        by = subjects(examine(settings, places=()))
    assert "in time" in by["call"].text
    assert "PAPER_ASSISTANT_TIMEOUT" in by["call"].fix


def test_stream_that_is_cut_off(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:

        def cut() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length:"
                b" 999\r\n\r\ndata: {"
            )
            connection.close()

        threading.Thread(target=cut, daemon=True).start()
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.getsockname()[1]}/v1")
        by = subjects(examine(with_model(empty, "openai:m"), places=()))
    assert by["call"].status == "fail"
    assert by["call"].fix


@pytest.mark.parametrize(
    ("model", "fix"),
    [("cohere:c", "pip install langchain-cohere"), ("openai:m", "export OPENAI_API_KEY=…")],
)
def test_models_that_cannot_be_made(empty: Settings, model: str, fix: str) -> None:
    found = examine(with_model(empty, model), places=())
    assert any(fix in one.fix for one in found if one.status == "fail")
    assert exit_code(found) == 2


@pytest.mark.model
def test_model_on_this_machine(gguf: Path, empty: Settings) -> None:
    settings = load_settings(data_dir=empty.data_dir, model=f"gguf:{gguf}")
    by = subjects(examine(settings, places=()))
    assert by["call"].status == by["context"].status == "ok"
    assert "holds 8192 tokens" in by["context"].text
    assert by["llama.cpp"].text.startswith("installed")


def test_shown_lines_are_whole_and_plain(capsys: pytest.CaptureFixture[str]) -> None:
    line = (
        "OPENAI_BASE_URL=http://127.0.0.1:11434/v1 paper-assistant --model 'openai:a [bold]very[/]"
        " long name of a model' --port 7861"
    )
    show(
        [
            Finding("model", "fail", "it [red]is[/red] gone " * 10, line),
            Finding("key", "ok", "OPENAI_API_KEY is set"),
        ]
    )
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "✗ model: " + "it [red]is[/red] gone " * 10
    assert printed[1:] == ["    " + line, "✓ key: OPENAI_API_KEY is set"]


def test_running_server_is_offered_where_no_model_is_configured(
    start: Start, empty: Settings
) -> None:
    place = start(LLAMA).url
    by = subjects(examine(empty, places=(place,)))
    assert (
        by["model"].fix
        == f"OPENAI_BASE_URL={place}/v1 paper-assistant --model 'openai:my model.gguf'"
    )


def test_nothing_but_standard_modules_is_read_for_a_look(tmp_path: Path) -> None:
    """The doctor is there to explain a broken installation, so importing it must not need the heavy
    parts."""
    code = (
        "import sys, assistant.cli.doctor; print([n for n in ('chromadb', 'gradio', 'openai',"
        " 'langchain') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stderr
