"""Answers without a model: verbatim sentences, chosen and arranged by what was asked.

`lists`, `summaries`, `comparisons`, `facts` and `abstentions` each write one form; `compose` numbers the citations.
"""
