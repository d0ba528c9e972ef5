"""The declaration of a feed: what `source.yml` may say, checked and typed, and the folder of a new one."""
