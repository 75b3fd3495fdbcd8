"""Files → papers → an index that can be searched."""

import logging

logging.getLogger(__name__).addHandler(logging.NullHandler())  # silent unless a program listens
