"""The main job done once on real data, as clients and people would do it: ``manage.py demo``."""
