"""A question → where the abstracts that answer it lie: MiniLM for questions, taught here."""
