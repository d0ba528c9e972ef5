"""What happens to data on Delta, through one warm Spark Connect server; never imports Airflow."""
