"""What ingest_feed is made of: a folder or sources, taken in, with the rows that wait."""
