"""From a source to the parsed rows of a delivery: fetching, landing, receipts, the lease of a feed, parsing."""
