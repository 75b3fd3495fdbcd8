"""What may be asked at all: text that is neither empty nor overlong."""

from assistant.errors import QuestionError

LONGEST_QUESTION = 4000
"""In characters."""


def check_question(question: str) -> str:
    """Return the text of a question; QuestionError where it is empty or overlong.

    >>> check_question("  what is SimDA? ")
    'what is SimDA?'
    """
    # Half of a surrogate pair, as broken JSON may hold, is no character: neither tokenizer nor
    # output could bear it.
    text = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not text:
        raise QuestionError("the question is empty; ask something about the papers")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(text):,} characters; at most {LONGEST_QUESTION:,} are read"
        )
    return text
