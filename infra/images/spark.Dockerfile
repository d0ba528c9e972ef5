# Spark master, worker and Connect server: one image, so that driver and executors have the same jars and Python.
FROM python:3.11.14-slim-bookworm
RUN apt-get update \
    && apt-get install --yes --no-install-recommends openjdk-17-jre-headless procps \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/smartvest
COPY infra/requirements/runtime.txt infra/requirements/
RUN pip install --no-cache-dir --require-hashes --requirement infra/requirements/runtime.txt
COPY infra/__init__.py infra/__init__.py
COPY infra/local infra/local
COPY infra/jars infra/jars
# At a path without the hash of their list, for the configuration to name.
RUN python -c "from infra.local import tools; tools.ensure_jars(); tools.jars_folder().rename('/opt/jars')"
COPY infra/spark infra/spark
ENV SPARK_HOME=/usr/local/lib/python3.11/site-packages/pyspark \
    SPARK_CONF_DIR=/opt/conf \
    PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --create-home spark \
    && install --directory --owner spark /opt/conf /opt/work \
    && cp infra/spark/log4j2.properties /opt/conf/
COPY infra/images/healthcheck.py /usr/local/bin/healthcheck.py
USER spark
