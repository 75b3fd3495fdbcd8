"""One module per system, each with `ingest(corpus, folder)` and `opened(folder)`, which returns a
search: question → ids of papers, best first. They are imported by the worker alone.
"""
