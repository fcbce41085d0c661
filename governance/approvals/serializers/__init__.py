"""What the API of approvals takes and gives."""
