"""The user's file of settings, and `paper-assistant config`, which shows and writes it."""

from __future__ import annotations

import io
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.cli import doctor
from assistant.cli.app import main
from assistant.cli.config import origin
from assistant.errors import AssistantError
from assistant.settings import load_settings, with_corpus

Command = Callable[..., tuple[int, str, str]]
COMMENTED = '# mine\nmodel = "openai:m"  # cheap\n\nport = 8000\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "a folder" / "config.toml"
    monkeypatch.setenv("PAPER_ASSISTANT_CONFIG", str(path))
    monkeypatch.setenv("PAPER_ASSISTANT_DATA_DIR", str(tmp_path / "data"))
    return path


@pytest.fixture
def run_main(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command line: exit code, standard output, standard error."""

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["paper-assistant", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


def write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    file.chmod(0o600)


def test_an_option_counts_before_the_environment_before_the_file_before_the_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, 'corpus = "a"\nport = 1\nmodel = "openai:a"\ncache = false\n')
    monkeypatch.setenv("PAPER_ASSISTANT_PORT", "2")
    monkeypatch.setenv("PAPER_ASSISTANT_MODEL", "openai:b")
    monkeypatch.setenv("PAPER_ASSISTANT_CORPUS", "")  # empty is not set
    settings = load_settings(model="openai:c")
    assert (settings.corpus, settings.port, settings.model) == ("a", 2, "openai:c")
    assert (settings.cache, settings.host) == (False, "127.0.0.1")
    origins = [origin(settings, name) for name in ("corpus", "port", "model", "host")]
    assert origins == ["file", "environment", "option", "default"]
    assert with_corpus(settings, "z").cache is False


def test_a_timeout_in_the_file_is_set(file: Path) -> None:
    write(file, "timeout = 60\n")
    assert "timeout" in load_settings().model_fields_set


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1", "there is no setting 'prot'; the nearest is port"),
        ("data-dir = '/x'", "there is no setting 'data-dir'; the nearest is data_dir"),
        ("port = 'soon'", "the setting port: Input should be a valid integer"),
        ("corpus = 5", "the setting corpus: Input should be a valid string"),
        ("profile = 'huge'", "the setting profile: Input should be 'auto', 'strong' or 'small'"),
        ("password = ''", "the setting password: Value should have at least 1 item"),
        ("data_dir = 'papers'", "data_dir is 'papers'; give the whole path"),
        ("openai_api_key = 'sk-1'", "set the variable OPENAI_API_KEY instead"),
        ("port 1", "not TOML"),
        ("[server]\nport = 1", "there is no setting 'server'"),
    ],
)
def test_what_is_wrong_in_the_file_is_one_line_that_names_it(
    file: Path, run_main: Command, text: str, says: str
) -> None:
    write(file, text)
    code, out, err = run_main("papers")
    assert (code, out) == (2, "")
    assert err.startswith(f"paper-assistant: {file}: ")
    assert says in err
    assert err.count("\n") == 1
    assert "sk-1" not in err


def test_a_bad_variable_is_not_the_files_fault(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(file, "port = 1\n")
    monkeypatch.setenv("PAPER_ASSISTANT_PORT", "soon")
    with pytest.raises(AssistantError, match=r"^the setting port \(PAPER_ASSISTANT_PORT\): "):
        load_settings()


def test_a_named_file_that_is_not_there_is_told_and_the_usual_one_need_not_be(
    file: Path, run_main: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run_main("papers")
    assert (code, err.count("\n")) == (2, 1)
    assert f"{file}: there is no such file of settings; check PAPER_ASSISTANT_CONFIG" in err
    monkeypatch.delenv("PAPER_ASSISTANT_CONFIG")
    monkeypatch.setattr("platformdirs.user_config_path", lambda *a, **k: tmp_path / "none")
    assert load_settings().port == 7860
    assert run_main("config", "path")[1] == f"{tmp_path / 'none' / 'config.toml'}\n"


def test_settings_are_shown_with_where_they_come_from_and_no_password(
    file: Path, run_main: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, 'password = "geheim"\nzotero = "http://me:pw@127.0.0.1:1"\nport = 8000\n')
    monkeypatch.setenv("PAPER_ASSISTANT_THREADS", "3")
    code, out, err = run_main("config")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert (code, err) == (0, "")
    assert rows["port"] == ["8000", "file"]
    assert rows["threads"] == ["3", "environment"]
    assert rows["model"] == ["—", "default"]
    assert rows["cache"] == ["true", "default"]
    assert rows["file:"] == str(file).split()
    code, told, _ = run_main("config", "--json")
    records = {one["name"]: (one["value"], one["from"]) for one in json.loads(told)}
    assert records["port"] == (8000, "file")
    assert records["password"][1] == "file"
    assert "geheim" not in out + told
    assert "me:pw" not in out + told


def test_set_and_unset_keep_comments_and_order(file: Path, run_main: Command) -> None:
    write(file, COMMENTED)
    assert run_main("config", "set", "port", "8001") == (0, f"port = 8001 in {file}\n", "")
    assert run_main("config", "set", "cache", "no")[0] == 0
    assert run_main("config", "set", "--", "--day-dollars", "1.5")[0] == 0
    changed = COMMENTED.replace("8000", "8001") + "cache = false\nday_dollars = 1.5\n"
    assert file.read_text("utf-8") == changed
    assert run_main("config", "unset", "port")[0] == 0
    assert file.read_text("utf-8") == changed.replace("port = 8001\n", "")
    code, out, err = run_main("config", "unset", "port")
    assert (code, out, err) == (2, "", f"paper-assistant: port is not set in {file}\n")
    assert [one.name for one in file.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("port", "99999"), "the setting port: Input should be less than or equal to 65535"),
        (("prot", "1"), "there is no setting 'prot'; the nearest is port"),
        (("corpus", "a/b"), "'a/b' cannot be a corpus' name"),
        (("model",), "give a value: paper-assistant config set model VALUE"),
        (("password", "geheim"), "leave it out, and it is asked for"),
        (("OPENAI_API_KEY", "sk-1"), "set the variable OPENAI_API_KEY instead"),
    ],
)
def test_what_cannot_be_set_leaves_the_file_alone(
    file: Path, run_main: Command, arguments: tuple[str, ...], says: str
) -> None:
    write(file, COMMENTED)
    code, out, err = run_main("config", "set", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err
    assert "sk-1" not in err
    assert file.read_text("utf-8") == COMMENTED


def test_a_file_is_made_with_its_folder_and_a_link_to_it_stays(
    file: Path, run_main: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_main("config", "set", "data_dir", "papers")[0] == 0
    assert file.read_text("utf-8") == f'data_dir = "{tmp_path / "papers"}"\n'
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    monkeypatch.setenv("PAPER_ASSISTANT_CONFIG", str(link))
    code, _, err = run_main("config", "set", "data_dir", "~/papers")
    assert (code, err) == (0, "PAPER_ASSISTANT_DATA_DIR is set, and counts before it\n")
    assert link.is_symlink()
    assert file.read_text("utf-8") == 'data_dir = "~/papers"\n'


def test_a_password_is_read_unseen_and_others_who_may_read_it_are_told(
    file: Path, run_main: Command
) -> None:
    code, out, _ = run_main("config", "set", "password", stdin="geheim\n")
    assert (code, out) == (0, f"password = *** in {file}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    password = load_settings().password
    assert password is not None
    assert password.get_secret_value() == "geheim"
    assert run_main("corpora")[2] == ""
    file.chmod(0o640)
    code, _, err = run_main("corpora")
    assert (code, err.count("\n")) == (0, 1)
    assert f"others may read it; run: chmod 600 '{file}'" in err


def test_what_is_no_setting_can_be_taken_out(file: Path, run_main: Command) -> None:
    write(file, 'port = 1\ncolour = "red"\n')
    assert run_main("papers")[0] == 2
    assert run_main("config", "unset", "colour")[0] == 0
    assert file.read_text("utf-8") == "port = 1\n"


def test_the_doctor_says_which_file_the_model_is_from(file: Path) -> None:
    write(file, 'model = "gguf:/nowhere.gguf"\n')
    found = doctor.examine(load_settings(), places=())
    assert found[0].text == f"gguf:/nowhere.gguf (from {file})"
