# The chat page, with the bundled papers indexed: it needs no network when it runs.
# How to build and use it: docs/container.md.
FROM python:3.12-slim AS build
ARG EXTRAS=cite,mcp
WORKDIR /build
RUN python -m venv /opt/paper-assistant
ENV PATH=/opt/paper-assistant/bin:$PATH
COPY pyproject.toml README.md LICENSE ./
COPY assistant assistant
COPY ingest ingest
COPY prompts prompts
RUN pip install --no-cache-dir ".[$EXTRAS]"
RUN paper-assistant --data-dir /data ingest

FROM python:3.12-slim
RUN useradd --uid 1000 --user-group --create-home assistant
COPY --from=build /opt/paper-assistant /opt/paper-assistant
# A volume that is new takes over what lies here; in an empty folder the first start indexes anew.
COPY --from=build --chown=assistant:assistant /data /data
# USER: with `docker run --user` nobody has that number, and Python asks for a name.
ENV PATH=/opt/paper-assistant/bin:$PATH \
    PAPER_ASSISTANT_DATA_DIR=/data \
    PAPER_ASSISTANT_HOST=0.0.0.0 \
    USER=assistant
VOLUME /data
USER assistant
WORKDIR /data
EXPOSE 7860
# All commands stop as they do at Ctrl-C; of them only the page would hear SIGTERM here.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-c", "\
import base64, http.client, os, sys;\
key = base64.b64encode(b':' + os.environb.get(b'PAPER_ASSISTANT_PASSWORD', b'')).decode();\
page = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PAPER_ASSISTANT_PORT', 7860)));\
page.request('GET', '/api/corpora', headers={'Authorization': 'Basic ' + key});\
sys.exit(page.getresponse().status != 200)"]
ENTRYPOINT ["paper-assistant"]
