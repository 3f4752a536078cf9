FROM python:3.11.14-slim-bookworm

ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app

# The folders exist before a volume covers them, so that the volume belongs to who writes there.
RUN useradd --system --uid 10001 --home-dir /var/lib/sysops sysops \
    && install -d -o sysops -g sysops -m 700 /var/lib/sysops /var/lib/sysops/intake-keys \
        /var/lib/sysops/outbox /var/lib/sysops/command-log /var/lib/sysops/files \
        /var/lib/sysops/cache

COPY requirements.lock .
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

COPY models models
COPY temporal temporal
COPY activities activities
COPY workflows workflows
COPY api api
COPY workers workers
# Without compiled files the workflow sandbox would compile its source again for every ticket.
RUN python -m compileall -q models temporal activities workflows api workers

USER 10001
