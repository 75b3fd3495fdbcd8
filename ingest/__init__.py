"""From files of papers to an index: read → repair → chunk → embed → store."""
