"""A conversation held with an assistant, message by message."""

from assistant.assistant import Assistant
from assistant.types import Answer, Turn


def talk(assistant: Assistant, *messages: str) -> list[Answer]:
    """Return what messages said one after the other are answered."""
    turns: list[Turn] = []
    for message in messages:
        turns.append(Turn(message, assistant.ask(message, turns)))
    return [turn.answer for turn in turns]
