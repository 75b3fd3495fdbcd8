"""`python -m assistant` is `paper-assistant`."""

from assistant.cli.app import main

main()
