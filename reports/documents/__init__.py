"""Signed reports: frozen content, files, downloads, verification."""
