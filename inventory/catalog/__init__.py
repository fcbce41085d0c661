"""What exists: use cases, models, versions, artifacts, data, environments, deployments."""
