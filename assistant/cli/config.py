"""`paper-assistant config`: the settings in force, and the user's file of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from assistant.cli.common import Json, load, print_json
from assistant.cli.help import Command, argument, examples
from assistant.errors import AssistantError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from assistant.settings import Settings

Origin = Literal["default", "file", "environment", "option"]
Name = Annotated[str, argument("NAME", "A setting, as in data_dir.")]
config = typer.Typer(invoke_without_command=True, rich_markup_mode=None, epilog=examples("config"))


@config.callback()
def show(context: typer.Context, as_json: Json = False) -> None:
    """Show the settings in force and their origin; change them."""
    if context.invoked_subcommand is not None:
        return
    settings = load({})
    from assistant.models.credentials import redacted

    records = [
        {
            "name": name,
            "value": redacted(value) if isinstance(value, str) else value,
            "from": origin(settings, name),
        }
        for name, value in settings.model_dump(mode="json").items()  # secrets as asterisks
    ]
    if as_json:
        print_json(records)
        return
    from assistant.cli import terminal
    from assistant.settings import config_file

    path = config_file()
    terminal.show_settings(records)
    print(f"file: {path}{'' if path.exists() else ' (not there yet)'}")
    print("environment: variables such as PAPER_ASSISTANT_MODEL, which count before the file")


@config.command("path", cls=Command, epilog=examples("config path"))
def show_path() -> None:
    """Print where the file of settings is, or would be."""
    from assistant.settings import config_file

    print(config_file())


@config.command("set", cls=Command, epilog=examples("config set"))
def set_value(
    name: Name,
    value: Annotated[
        str | None, argument("VALUE", "Its value; a secret is asked for instead.")
    ] = None,
) -> None:
    """Write a setting into the file; comments and order stay."""
    import tomlkit

    from assistant.settings import SECRETS, config_file, in_environment, variable_of

    name = _known(name)
    checked = _checked(name, _given(name, value))
    path, document = config_file(), _parsed(config_file())
    document[name] = checked
    _write(path, document)
    told = "***" if name in SECRETS else tomlkit.item(checked).as_string()
    print(f"{name} = {told} in {path}")
    if in_environment(name):
        print(f"{variable_of(name)} is set, and counts before it", file=sys.stderr)


@config.command("unset", cls=Command, epilog=examples("config unset"))
def unset(name: Name) -> None:
    """Take a setting out of the file."""
    from assistant.settings import config_file

    path, document = config_file(), _parsed(config_file())
    # What is no setting may stand in the file by mistake: that is taken out too.
    name = name if name in document else _known(name)
    if name not in document:
        raise AssistantError(f"{name} is not set in {path}")
    del document[name]
    _write(path, document)
    print(f"{name} is no longer set in {path}")


def origin(settings: Settings, name: str) -> Origin:
    """Return where the value of a setting comes from."""
    from assistant.settings import in_environment, load_settings

    if name not in settings.model_fields_set:
        return "default"
    if getattr(settings, name) != getattr(load_settings(), name):
        return "option"
    return "environment" if in_environment(name) else "file"


def _known(name: str) -> str:
    """Return the name of a setting, which may be spelt as its option is."""
    from assistant.settings import unknown_setting

    plain = name.removeprefix("--").replace("-", "_")
    if problem := unknown_setting(plain):
        raise AssistantError(problem)
    return plain


def _given(name: str, value: str | None) -> str:
    """Return the value to set; a secret is read without being shown."""
    from assistant.settings import SECRETS

    if name not in SECRETS:
        if value is None:
            raise AssistantError(f"give a value: paper-assistant config set {name} VALUE")
        return value
    if value is not None:
        raise AssistantError(
            "a secret on the command line is seen by others and kept by the shell; leave it out,"
            " and it is asked for"
        )
    if sys.stdin.isatty():
        return str(
            typer.prompt(name.capitalize(), hide_input=True, confirmation_prompt=True, err=True)
        )
    return sys.stdin.readline().rstrip("\r\n")


def _checked(name: str, value: str) -> Any:
    """Return a setting's value as TOML has it; AssistantError where the setting cannot have it."""
    from pydantic import Field, TypeAdapter, ValidationError

    from assistant.settings import SECRETS, Settings

    field = Settings.model_fields[name]
    annotation: Any = Annotated[field.annotation, Field(), *field.metadata]
    kind: TypeAdapter[Any] = TypeAdapter(annotation)
    try:
        checked = kind.validate_python(value)
    except ValidationError as error:
        raise AssistantError(f"the setting {name}: {error.errors()[0]['msg']}") from error
    if name == "data_dir":
        return value if value.startswith("~") else os.path.abspath(value)
    return value if name in SECRETS else checked


def _parsed(path: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise AssistantError(f"{path}: not TOML ({error}); mend it first") from error
    except OSError as error:
        raise AssistantError(f"{path}: {error.strerror or error}") from error


def _write(path: Path, document: TOMLDocument) -> None:
    """Replace the file, a link to it staying one, by one that its owner alone reads."""
    from assistant.index.layout import replace_file

    path = path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, document.as_string(), mode=0o600)
    except OSError as error:
        raise AssistantError(f"{path} cannot be written: {error.strerror or error}") from error
