"""Text → words, sentences, names, markers; foreign text → text safe to show and prompt."""
