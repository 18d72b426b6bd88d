# The node as an image: the wheel is built from locked build requirements, then installed with locked,
# hashed requirements into an environment of its own; what built it stays behind.
ARG PYTHON_IMAGE=python:3.12.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements/build.txt requirements/container.txt requirements/
RUN python -m venv /build \
    && /build/bin/pip install --require-hashes --requirement requirements/build.txt
RUN python -m venv /opt/outfall \
    && /opt/outfall/bin/pip install --require-hashes --requirement requirements/container.txt
COPY . .
RUN /build/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /dist . \
    && /opt/outfall/bin/pip install --no-deps --no-index /dist/outfall-*.whl

FROM ${PYTHON_IMAGE} AS run
# The user's number is whoever owns the secrets on the host: compose mounts those with the host's numbers.
ARG UID=10001
RUN useradd --uid ${UID} --user-group --no-create-home --home-dir /var/lib/outfall --shell /usr/sbin/nologin outfall \
    && install --directory --owner outfall --group outfall --mode 0700 /var/lib/outfall /tokens /backup \
    && install --directory --owner outfall --group outfall --mode 0755 /provisioning
COPY --from=build /opt/outfall /opt/outfall
COPY deploy/health.py /usr/local/bin/outfall-health
ENV PATH=/opt/outfall/bin:$PATH \
    OUTFALL_DATA=/var/lib/outfall \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER outfall
WORKDIR /var/lib/outfall
VOLUME /var/lib/outfall
EXPOSE 8443
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-I", "/usr/local/bin/outfall-health", "https://127.0.0.1:8443/health/live"]
ENTRYPOINT ["outfall"]
CMD ["run", "/plant"]
