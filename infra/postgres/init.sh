#!/bin/sh
# Runs once, on an empty data folder: a database and an owner of it each for Airflow and for Spark's table catalogue,
# which those who read releases cannot even connect to, and the database of the releases, whose users and limits
# `python -m serving roles` makes.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set airflow_password="$AIRFLOW_DB_PASSWORD" --set metastore_password="$METASTORE_DB_PASSWORD" <<'SQL'
create role airflow login password :'airflow_password';
create database airflow owner airflow;
create role metastore login password :'metastore_password';
create database metastore owner metastore;
create database smartvest;
revoke connect, temporary on database airflow, metastore, postgres, template1 from public;
SQL
