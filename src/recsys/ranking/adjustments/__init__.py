"""What a bank may do to a ranking after scoring: off by default, and kept with the publication."""
