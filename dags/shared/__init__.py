"""What all DAGs have in common."""
