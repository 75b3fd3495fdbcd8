"""The papers as a retriever in a chain, and as a tool that an agent may call."""

from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from assistant import Assistant
from assistant.api.langchain_integration import PaperRetriever, as_tool


def format_papers(papers: list[Document]) -> str:
    """Return the papers as a model would be given them."""
    return "\n".join(
        f"- {paper.metadata['title']} ({paper.metadata['year']}): {paper.page_content[:60]}…"
        for paper in papers
    )


assistant = Assistant.open()

# A prompt and a chat model would follow with two more |.
retriever = PaperRetriever(assistant=assistant, k=3, passages=True)
chain = retriever | RunnableLambda(format_papers)
print(chain.invoke("adapting T2I models to video year>=2023"))

# What create_agent(model, tools=[tool]) does when the model calls the tool.
tool = as_tool(assistant)
call = {"name": tool.name, "args": {"question": "who wrote DeiT III?"}}
message = tool.invoke({**call, "id": "call_1", "type": "tool_call"})
print(f"\n{tool.name}: {message.content}")
print(f"\nas an object: {message.artifact.kind}, {len(message.artifact.citations)} source")

assistant.close()
