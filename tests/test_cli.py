"""The command line as a user meets it: other processes, real files, mistakes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import QUESTIONS, Run, write_records

slow = pytest.mark.slow
COMMANDS = (
    "chat",
    "ask",
    "search",
    "papers",
    "corpora",
    "ingest",
    "doctor",
    "batch",
    "mcp",
    "eval",
    "feedback",
)


def test_ingest_counts_and_then_has_nothing_to_do(run: Run) -> None:
    first, second = run("ingest"), run("ingest")
    assert first.stdout.startswith("219 papers: 219 added")
    assert second.stdout.startswith("219 papers: 219 unchanged")
    assert (first.returncode, second.returncode) == (0, 0)


def test_ask_shows_answer_sources_and_how_to_configure_a_model(run: Run, data_dir: Path) -> None:
    result = run("ask", "how many parameters does SimDA tune?", data=data_dir)
    assert result.returncode == 0
    assert "24M out of 1.1B" in result.stdout.replace("\n", " ")
    assert "https://arxiv.org/abs/2308.09710" in result.stdout
    assert "--model openai:NAME" in result.stdout


@pytest.mark.slow
def test_ask_json_is_the_batch_record(run: Run, data_dir: Path) -> None:
    record = json.loads(
        run("ask", "compare SimDA with Tune-A-Video", "--json", data=data_dir).stdout
    )
    assert record["kind"] == "comparison"
    assert len(record["citations"]) == 2


def test_search_and_papers(run: Run, data_dir: Path) -> None:
    assert (
        "Tune-A-Video"
        in run("search", "one-shot video tuning", "--limit", "3", data=data_dir).stdout
    )
    ranking = json.loads(
        run("search", "one-shot video tuning", "--json", "--limit", "3", data=data_dir).stdout
    )
    assert len(ranking) == 3
    assert run("papers", data=data_dir).stdout.rstrip().endswith("219 papers")
    listed = run("papers", "year:2019", "--json", data=data_dir).stdout.splitlines()
    assert {json.loads(line)["year"] for line in listed} == {2019}
    assert "1 papers" not in run("papers", "author:Ying Shan", data=data_dir).stdout


@pytest.mark.slow
def test_batch_reads_a_file_and_standard_input(run: Run, data_dir: Path) -> None:
    result = run("batch", QUESTIONS / "summaries.jsonl", data=data_dir)
    assert result.returncode == 0
    assert len(result.stdout.splitlines()) == 7
    result = run(
        "batch", "-", data=data_dir, stdin='{"id": "a", "query": "protein folding"}\nbroken\n'
    )
    assert result.returncode == 2
    assert json.loads(result.stdout)["id"] == "a"
    assert "line 2" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.returncode == 0
    assert "Usage:" in result.stdout


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, assistant.cli.app; print([m for m in ('chromadb', 'gradio', 'langchain_core',"
        " 'numpy', 'openai', 'rich') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", ""),
        pytest.param(("ask", "x" * 5000), marks=slow),
        pytest.param(("search", "video year>=soon"), marks=slow),
        pytest.param(("ask", "video", "--corpus", "nope"), marks=slow),
        pytest.param(("ask", "video", "--nope"), marks=slow),
        pytest.param(("papers", "video"), marks=slow),
        ("ask", "video", "--model", "nosuch:m"),
        pytest.param(("ask", "video", "--embedder", "nosuch"), marks=slow),
        pytest.param(("ask", "video", "--reranker", "nosuch:r"), marks=slow),
        pytest.param(("ingest", "nosuch.jsonl"), marks=slow),
        ("eval", "nosuch"),
    ],
)
def test_a_refusal_loads_nothing_heavy(data_dir: Path, arguments: tuple[str, ...]) -> None:
    heavy = (
        "chromadb",
        "gradio",
        "langchain_core",
        "onnxruntime",
        "openai",
        "sklearn",
        "tokenizers",
    )
    code = (
        "import atexit, sys; from assistant.cli.app import main\n"
        f"atexit.register(lambda: print([m for m in {heavy} if m in sys.modules]))\n"
        "main()"
    )
    run = [sys.executable, "-c", code, *arguments, "--data-dir", str(data_dir)]
    refused = subprocess.run(run, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (refused.returncode, refused.stdout.strip()) == (2, "[]"), refused.stderr
    assert refused.stderr.strip()


@pytest.mark.parametrize("command", [("papers", "year>=2023"), ("papers", "--json"), ("corpora",)])
def test_listing_loads_neither_chroma_nor_the_embedder(
    data_dir: Path, command: tuple[str, ...]
) -> None:
    code = (
        "import sys; from assistant.cli.app import cli\n"
        "cli(sys.argv[1:], standalone_mode=False)\n"
        "print([m for m in ('chromadb', 'onnxruntime', 'langchain_core') if m in sys.modules])"
    )
    arguments = [sys.executable, "-c", code, *command, "--data-dir", str(data_dir)]
    printed = subprocess.check_output(arguments, text=True, encoding="utf-8").splitlines()
    assert (len(printed) > 1, printed[-1]) == (True, "[]")


def bad_file(folder: Path, name: str) -> Path:
    path = folder / name
    if name == "binary.txt":
        path.write_bytes(os.urandom(2000) + b"\0")
    elif name == "title.txt":
        path.write_text(
            "Get trending papers in your email inbox!\nGet trending papers in your email"
            " inbox!\nSubscribeA Title\n",
            "utf-8",
        )
    elif name == "empty.txt":
        path.touch()
    elif name == "folder":
        path.mkdir()
    return path


@pytest.mark.slow
def test_bad_source_gets_one_line_and_the_store_stays(run: Run, tmp_path: Path) -> None:
    good = write_records(
        tmp_path / "good.jsonl", [{"title": "Mine", "abstract": "We study walruses."}]
    )
    assert run("ingest", good).returncode == 0
    for name in ("missing.txt", "empty.txt", "binary.txt", "title.txt", "folder"):
        result = run("ingest", bad_file(tmp_path, name), "--prune")
        assert result.returncode == 2
        assert result.stderr.count("\n") == 1
        assert name in result.stderr
    assert run("ingest", good).stdout.startswith("1 papers: 1 unchanged")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ask", ""), "the question is empty"),
        (("ask", "   \n"), "the question is empty"),
        (("ask", "x" * 100_000), "at most 4,000"),
        (("ask", "video year>=soon"), "write year>=2023"),
        (("search", "author="), "has no value"),
        (("papers", "video"), "is not a filter"),
        (("batch", "missing.jsonl"), "No such file"),
        (("ask", "video", "--model", "gpt"), "unknown model"),
        pytest.param(
            ("ask", "video", "--model", "openai:gpt-4o-mini"), "OPENAI_API_KEY", marks=slow
        ),
        (("ask", "video", "--embedder", "nothing"), "unknown embedder"),
        (("ingest", "--bibliography", "b.jsonl"), "name the page too"),
        pytest.param(("ask", "video", "--data-dir", "/proc/nowhere"), "cannot be", marks=slow),
        pytest.param(("chat", "--host", "not a host"), "is not an address", marks=slow),
    ],
)
def test_mistakes_get_one_line_and_exit_code_two(
    run: Run, data_dir: Path, arguments: tuple[str, ...], says: str
) -> None:
    result = run(*arguments, data=data_dir)
    assert result.returncode == 2
    assert says in result.stderr
    assert result.stderr.strip().count("\n") == 0
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_an_embedder_that_fails_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_records(tmp_path / "own.jsonl", [{"title": "Mine", "abstract": "Of walruses."}])
    arguments = ["ingest", str(source), "--embedder", "openai:e", "--data-dir", str(tmp_path / "d")]
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    done = subprocess.run(
        [sys.executable, "-m", "assistant", *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert done.stderr.count("the embedder openai:e@http://127.0.0.1:1/v1 failed") == 1


@pytest.mark.slow
def test_odd_questions_get_a_polite_reply(run: Run, data_dir: Path) -> None:
    questions = [
        "😀 😀",
        "<script>football(1)</script>",
        "' OR 1=1 --",
        '"',
        "[1]",
        "%s %d {}",
        "$(ls) ${HOME}",
    ]
    lines = "\n".join(
        json.dumps({"id": n, "query": question}) for n, question in enumerate(questions)
    )
    result = run("batch", "-", data=data_dir, stdin=lines)
    assert (result.returncode, result.stderr) == (0, "")
    assert [json.loads(line)["abstained"] for line in result.stdout.splitlines()] == [True] * len(
        questions
    )
    result = run("ask", "😀 [bold]x[/bold] [/]", data=data_dir)
    assert (result.returncode, result.stderr) == (0, "")


def test_taken_port_is_passed_over() -> None:
    from assistant.web.server.serve import listen

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with listen("127.0.0.1", port) as door:
            assert door.getsockname()[1] > port


@pytest.mark.slow
def test_the_page_ends_at_sigterm_as_at_ctrl_c(tmp_path: Path, data_dir: Path) -> None:
    command = [sys.executable, "-m", "assistant", "--data-dir", str(data_dir), "--port", "7970"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "http://" in process.stdout.readline()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.slow
def test_after_warming_up_the_first_answer_loads_nothing(tmp_path: Path, data_dir: Path) -> None:
    program = """
import sys
from assistant import Assistant

assistant = Assistant.open()
assistant.warm_up()
before = set(sys.modules)
answer = assistant.ask("summarise work on speech recognition")
assert answer.citations
new = {name.partition(".")[0] for name in set(sys.modules) - before}
assert not new, new
"""
    environment = {**os.environ, "PAPER_ASSISTANT_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-c", program]
    subprocess.run(command, cwd=tmp_path, env=environment, timeout=120, check=True)


@pytest.mark.skipif(
    os.geteuid() == 0, reason="root reads every file, so an unreadable one cannot be made"
)
def test_unreadable_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("x")
    path.chmod(0)
    result = run("ingest", path)
    assert (result.returncode, "cannot be read" in result.stderr) == (2, True)


@pytest.mark.slow
def test_options_before_a_command_are_its_own(run: Run, tmp_path: Path) -> None:
    done = run("--data-dir", str(tmp_path / "other"), "papers", "year:2025")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "other" / "default").is_dir()
    done = run("--model", "gguf:/nowhere.gguf", "ask", "how many parameters does SimDA tune?")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.gguf cannot be read" in done.stderr
    done = run("--port", "7999", "papers")
    assert done.returncode == 2
    assert "papers takes no --port" in done.stderr
