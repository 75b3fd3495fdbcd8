"""Text → words, sentences, names, markers; foreign text → text that is safe to show and to prompt with."""
