"""What the lake holds: tables written without a JVM, ledger, releases; and the questions that can be put to it."""
