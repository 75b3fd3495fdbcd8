"""What mkdocs does by `.mkdocs.yml` to make a site of files that the forge shows as they are."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pygments.formatters import HtmlFormatter

# Beside those in docs/, which mkdocs finds itself.
_DOCUMENTS = ("*.md", "assistant/*/*/**/*.md")
_COLOURS = {"light": "friendly", "dark": "github-dark"}
_LABEL = re.compile(r"^(```\w+) .+$", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Give every document the place that it has in the repository, so that a link between two leads
    to the same on the forge and on the site."""
    root = Path(config.config_file_path).parent
    theme = [file for file in files if file.src_dir != config.docs_dir]
    ours = [f"docs/{file.src_uri}" for file in files if file.src_dir == config.docs_dir]
    for pattern in _DOCUMENTS:
        ours += sorted(path.relative_to(root).as_posix() for path in root.glob(pattern))
    directories = config.use_directory_urls
    placed = [File(path, str(root), config.site_dir, directories) for path in ours]
    looks = File.generated(config, "css/ours.css", content=_css())
    return Files([*placed, looks, *theme])


def _css() -> str:
    """Return what the theme lacks: the colours of code, by day and by night, and tables that move
    within a narrow window."""
    colours = [
        HtmlFormatter(style=style).get_style_defs(f"[data-bs-theme={theme}] .codehilite")
        for theme, style in _COLOURS.items()
    ]
    return "\n".join([*colours, "table { display: block; overflow-x: auto; }"])


def on_page_markdown(markdown: str, **_: object) -> str:
    """Drop what follows a block's language: Python-Markdown would take the block for no block."""
    return _LABEL.sub(r"\1", markdown)
