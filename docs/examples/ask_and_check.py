"""Ask a question, look at its evidence, and check two sentences against the same paper."""

from assistant import Assistant
from assistant.checking import check

assistant = Assistant.open()
answer = assistant.ask("how many parameters does SimDA tune?")
print(answer.text)

(source,) = answer.citations
for quote in source.quotes:
    where = f"characters {quote.start} to {quote.end}"
    print(f"\n[{source.number}] {source.paper.title}, {where} of the abstract:\n  {quote.text}")

for claim in ("SimDA tunes 24M parameters.", "SimDA tunes 30M parameters."):
    finding = check(claim, [source.paper])
    print(f"\n{claim} {finding.verdict}{f': {finding.reason}' if finding.reason else ''}")

assistant.close()
