"""Other programs ask, cited answers come out: by OpenAI's protocol, MCP, and JSON over HTTP."""
