# Airflow's parts and the lakehouse commands: the checkout with its locked packages. No Java: work goes to Spark Connect.
FROM python:3.11.14-slim-bookworm
WORKDIR /opt/smartvest
COPY infra/requirements/runtime.txt infra/requirements/
RUN pip install --no-cache-dir --require-hashes --requirement infra/requirements/runtime.txt
COPY . .
ENV AIRFLOW_HOME=/opt/airflow \
    AIRFLOW_CONFIG=/opt/smartvest/infra/airflow/airflow.cfg \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/smartvest/dags \
    PYTHONPATH=/opt/smartvest \
    PYTHONUNBUFFERED=1
COPY infra/images/healthcheck.py /usr/local/bin/healthcheck.py
RUN useradd --uid 10001 --create-home airflow && install --directory --owner airflow /opt/airflow /opt/airflow/logs /opt/airflow/state
USER airflow
