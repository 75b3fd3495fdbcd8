"""Answers without a model: verbatim sentences, chosen by what was asked; one module a form."""
