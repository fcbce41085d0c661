# One image for web, workers and scheduler; compose.yaml shows how they are run.

FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/assay
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
COPY .ci/uv.txt .ci/node.txt .ci/npm .ci/assets.py .ci/
COPY pyproject.toml requirements.txt package.json package-lock.json ./
RUN python -m venv .venv \
    && pip install --quiet --target /opt/uv --require-hashes -r .ci/uv.txt
# What running needs, at the versions and hashes of the one lock; the tools of development stay out.
RUN /opt/uv/bin/uv pip install --python .venv/bin/python --require-hashes \
        -r pyproject.toml -c requirements.txt
RUN .ci/npm ci --omit=dev --ignore-scripts --silent \
    && .venv/bin/python .ci/assets.py \
    && rm -rf .venv/node

FROM python:3.11-slim-bookworm
WORKDIR /srv/assay
COPY .ci/system .ci/
RUN .ci/system run && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/assay --create-home assay \
    && install -d -o assay -g assay -m 0700 /var/lib/assay-signing
COPY --from=build /srv/assay/.venv .venv
COPY --from=build /srv/assay/governance/portal/static/vendor governance/portal/static/vendor
COPY --from=build /srv/assay/reports/render/assets/fonts reports/render/assets/fonts
COPY . .
RUN python -m compileall -q governance inventory audits reports
ENV PATH=/srv/assay/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DO_NOT_TRACK=1 \
    ASSAY_ENV=production \
    ASSAY_VAR_DIR=/var/lib/assay \
    ASSAY_SIGNING_DIR=/var/lib/assay-signing
USER assay
VOLUME ["/var/lib/assay"]
EXPOSE 8000
CMD ["gunicorn", "governance.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", \
     "--worker-class", "gthread", "--threads", "4", "--worker-tmp-dir", "/dev/shm", \
     "--no-control-socket"]
