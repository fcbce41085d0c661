"""The things of the inventory. Use case ≠ model ≠ version ≠ deployment."""

from inventory.catalog.models.data import Dataset, DatasetVersion
from inventory.catalog.models.models import ModelShare, RegisteredModel, UseCase
from inventory.catalog.models.versions import Artifact, Deployment, Environment, ModelVersion

__all__ = [
    "Artifact",
    "Dataset",
    "DatasetVersion",
    "Deployment",
    "Environment",
    "ModelShare",
    "ModelVersion",
    "RegisteredModel",
    "UseCase",
]
