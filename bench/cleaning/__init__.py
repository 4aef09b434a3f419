"""What cleaning finds on the demo bank, whose truth is known, and on a real bank: `python -m bench.cleaning`."""
