"""The file of a map."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from assistant.corpus_map.types import Atlas, Place, Topic

_FORMAT = 1


def write(path: Path, atlas: Atlas) -> None:
    """Write `atlas` to `path` in one step; OSError when that cannot be."""
    content = {
        "format": _FORMAT,
        "of": atlas.of,
        "topics": [[one.name, one.x, one.y, one.count] for one in atlas.topics],
        "places": [[one.paper_id, one.x, one.y, one.topic] for one in atlas.places],
    }
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, separators=(",", ":"))
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def read(path: Path) -> Atlas | None:
    """Return the map in `path`, None when there is none, or it is damaged or of another format."""
    try:
        return _atlas(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _atlas(content: Any) -> Atlas:
    if content["format"] != _FORMAT:
        raise ValueError(content["format"])
    topics = tuple(
        Topic(str(name), float(x), float(y), int(count)) for name, x, y, count in content["topics"]
    )
    places = tuple(
        Place(str(key), float(x), float(y), int(topic)) for key, x, y, topic in content["places"]
    )
    if not all(0 <= place.topic < len(topics) for place in places):
        raise ValueError("a topic is missing")
    return Atlas(places, topics, str(content["of"]))
