"""The shell: base templates, home by role, error pages, the API root."""
