"""`python -m assistant` is `paper-assistant`."""

from assistant.cli import main

main()
