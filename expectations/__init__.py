"""Great Expectations suites, and the gate that runs them and raises; never imports Airflow."""
