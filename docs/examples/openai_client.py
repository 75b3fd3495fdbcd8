"""Ask the served page by OpenAI's own client: start `paper-assistant` before. Another address is
given as an argument, a password as PAPER_ASSISTANT_PASSWORD."""

import os
import sys
from typing import Any

from openai import OpenAI

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860"
key = os.environ.get("PAPER_ASSISTANT_PASSWORD", "none")
client = OpenAI(base_url=f"{address.rstrip('/')}/v1", api_key=key)
print("models:", *(model.id for model in client.models.list()))

messages: list[Any] = []
for question in ("compare SimDA with Tune-A-Video", "who wrote the second one?"):
    messages.append({"role": "user", "content": question})
    reply = client.chat.completions.create(model="default", messages=messages)
    message = reply.choices[0].message
    messages.append({"role": "assistant", "content": message.content})
    print(f"\n> {question}\n\n{message.content}\n")
    for source in getattr(reply, "sources"):  # noqa: B009 - beside what OpenAI's protocol knows
        print(f"[{source['number']}] {source['title']} {source['url']}")
