"""What tests of several rooms share: feeds, deliveries, a store in memory, a local stack."""
