"""Running the checks of a plan on Celery, and keeping what they found."""
