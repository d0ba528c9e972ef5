"""The local stack, container images and configuration of the lakehouse."""
