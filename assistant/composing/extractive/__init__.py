"""Answers without a model: verbatim sentences, chosen and arranged by what was asked; one module a
form.
"""
