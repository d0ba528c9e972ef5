"""The cockpit: what a release says of each theme of the digital pact, as static pages for councils and CDOs."""
