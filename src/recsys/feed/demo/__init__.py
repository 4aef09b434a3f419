"""A synthetic retail bank whose customers have preferences to be learned and personal data to be found."""
