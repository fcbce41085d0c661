"""What the catalogue's API takes and gives."""
