"""Services on the network that know papers: asked by `fetch` and `enrich` alone, politely."""
