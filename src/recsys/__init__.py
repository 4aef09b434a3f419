"""recsys: from a bank's data to permitted, explained product recommendations."""

__version__ = "0.1.0"
