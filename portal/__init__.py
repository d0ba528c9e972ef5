"""The upload page: administrations fetch templates, put down deliveries and read what became of them."""
