"""The forms of the catalogue's pages."""
