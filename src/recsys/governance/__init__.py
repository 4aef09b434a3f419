"""When a model is due, who decided what about it, and the card that tells it."""
