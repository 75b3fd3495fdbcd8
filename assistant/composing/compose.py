"""Evidence → a draft that quotes: one writer for each form of answer."""

from collections.abc import Callable
from dataclasses import replace

from assistant.composing import table_editing
from assistant.composing.extractive import (
    abstentions,
    bibliography,
    comparisons,
    counts,
    facts,
    lists,
    summaries,
)
from assistant.judging.evidence import AnswerForm, Evidence, unused_words
from assistant.text.markdown import either
from assistant.text.paper_names import is_name
from assistant.types import Draft

_WRITERS: dict[AnswerForm, Callable[[Evidence], Draft]] = {
    "all": lists.write_all,
    "bibliography": bibliography.write,
    "collection": bibliography.write_collection,
    "comparison": comparisons.write,
    "count": counts.write,
    "fact": facts.write,
    "greeting": abstentions.greet,
    "list": lists.write,
    "recommendation": lists.write_recommendation,
    "silence": abstentions.write,
    "summary": summaries.write,
    "table edit": table_editing.write,
}


_ABOUT_WORDS: tuple[AnswerForm, ...] = ("list", "fact", "summary")
_NAMED = 3  # words that no abstract has


def compose(evidence: Evidence) -> Draft:
    """Return the quoting answer in the form that the evidence can carry."""
    draft = _WRITERS[evidence.form](evidence)
    if evidence.unfound and not draft.unfound:
        text = comparisons.unfound_line(evidence.unfound) + draft.text
        draft = replace(draft, text=text, unfound=evidence.unfound)
    words = unused_words(evidence) if evidence.form in _ABOUT_WORDS else []
    names = [word for word in words if is_name(word)]
    # Of what is answered, "beat" and "pictures" tell nothing: an abstract says it in other words.
    # Nor does what is asked of a topic: "worth it", "safe".
    asked = {word for text in evidence.parsed.aspects for word in text.split()}
    topical = [word for word in words if word not in asked]
    told = (names or (topical if draft.hedged else []))[:_NAMED]
    if draft.abstained or not told:
        return draft
    return replace(draft, text=f"*No abstract has the word {either(told)}.*\n\n{draft.text}")
