"""The map of a store's papers: kept in a file, made of their vectors."""

import json
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

from assistant.corpus_map.types import Atlas, Place, Topic
from assistant.index.layout import replace_file
from assistant.index.paper_store import Store
from assistant.index.records import Vector
from assistant.types import Paper

_FORMAT = 2
_BATCH = 500


def write(path: Path, atlas: Atlas) -> None:
    """Write `atlas` to `path` in one step; OSError when that cannot be."""
    content = {
        "format": _FORMAT,
        "drift": atlas.drift,
        "topics": [astuple(topic) for topic in atlas.topics],
        "places": [astuple(place) for place in atlas.places],
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    replace_file(path, text, sync=True)


def read(path: Path) -> Atlas | None:
    """Return the map in `path`, None when there is none, or it is damaged or of another format."""
    try:
        return _parsed(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def make_or_update(store: Store, papers: Mapping[str, Paper], known: Atlas | None) -> Atlas:
    """Return the map of `papers`: `known` brought up to date where little has changed."""
    # scikit-learn takes a second to import; a map that is read does without
    from assistant.corpus_map.make import make, update

    listed = list(papers)
    vectors: dict[str, Vector] = {}
    for first in range(0, len(listed), _BATCH):
        vectors |= store.vectors(listed[first : first + _BATCH])
    return update(known, papers, vectors) if known else make(papers, vectors)


def _parsed(content: Any) -> Atlas:
    if content["format"] != _FORMAT:
        raise ValueError(content["format"])
    topics = tuple(
        Topic(str(name), float(x), float(y), int(count)) for name, x, y, count in content["topics"]
    )
    places = tuple(
        Place(str(key), float(x), float(y), int(topic), str(version))
        for key, x, y, topic, version in content["places"]
    )
    if not all(0 <= place.topic < len(topics) for place in places):
        raise ValueError("a topic is missing")
    return Atlas(places, topics, int(content["drift"]))
