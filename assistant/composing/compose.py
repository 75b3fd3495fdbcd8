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
    grounds,
    lists,
    summaries,
)
from assistant.judging.evidence import AnswerForm, Evidence, unheard_names, unused_words
from assistant.reading.asks import fields_named
from assistant.text.markdown import either
from assistant.types import Draft

_WRITERS: dict[AnswerForm, Callable[[Evidence], Draft]] = {
    "abstract": summaries.write_abstracts,
    "all": lists.write_all,
    "bibliography": bibliography.write,
    "collection": bibliography.write_collection,
    "comparison": comparisons.write,
    "count": counts.write,
    "fact": facts.write,
    "greeting": abstentions.greet,
    "grounds": grounds.write,
    "list": lists.write,
    "recommendation": lists.write_recommendation,
    "silence": abstentions.write,
    "summary": summaries.write,
    "table edit": table_editing.write,
}


# Above what is answered instead of what was not meant: of the same papers, and of others.
_INSTEAD = {False: "*Then perhaps this, of the same:*", True: "*Without what I showed before:*"}
_ABOUT_WORDS: tuple[AnswerForm, ...] = ("list", "fact", "summary")
# So many words that no abstract has, and from what share of all that is asked, and of its topic
# where that is so short: in long ones "stuff" and "halfway" tell nothing.
_NAMED, _MUCH, _SOME, _SHORT = 3, 1 / 2, 1 / 4, 4


def compose(evidence: Evidence) -> Draft:
    """Return the quoting answer in the form that the evidence can carry."""
    draft = _WRITERS[evidence.form](evidence)
    draft = replace(draft, hedged=draft.hedged or bool(evidence.unsure))
    if evidence.parsed.rejected and draft.citations:
        draft = replace(
            draft, text=f"{_INSTEAD[bool(evidence.parsed.scope.without)]}\n\n{draft.text}"
        )
    if draft.abstained or evidence.form not in _ABOUT_WORDS:
        return draft
    told = _unheard(evidence, draft)[:_NAMED]
    if not told:
        return draft
    return replace(draft, text=f"*No abstract has the word {either(told)}.*\n\n{draft.text}")


def _unheard(evidence: Evidence, draft: Draft) -> list[str]:
    """Return the words that no abstract has and that tell why little answers: names, and, above
    what comes near, or a list of which nothing surely fits, those that make up much of what is
    asked for, or some of its topic, and have no word near to them in meaning there. Else an
    abstract may say it in other words ("beat").
    """
    names = [*evidence.parsed.unheard, *unheard_names(evidence)]
    unsure = evidence.form == "list" and len(evidence.doubtful) == len(evidence.members)
    if names or not (draft.hedged or unsure):
        return names
    words = [word for word in unused_words(evidence) if not fields_named(word)]
    papers = [citation.paper for citation in draft.citations]
    asked = [one.surface for one in evidence.found.query.concepts]
    topics = " ".join(evidence.parsed.topics)
    topic = [word for word in asked if word in topics]
    shares = [(asked, _MUCH), (topic, _SOME if len(topic) <= _SHORT else _MUCH)]
    for said, share in shares:
        least = max(share * len(said), 1)
        lacked = [word for word in words if any(one in word for one in said)]
        if len(lacked) >= least:
            lacked = [word for word in lacked if not evidence.has_near(word, papers)]
        if len(lacked) >= least:
            return lacked
    return []
