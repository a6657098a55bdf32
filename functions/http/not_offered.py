"""Operations of the contract that this service does not have: they say so, with what to do instead."""

from functions.errors import NotOfferedError
from functions.http.auth import Right
from functions.http.operation import Call, Handler, Operation, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT

_MODEL = f"{PROJECT}/models/{{trainedModelLabel}}"
_REGIONS = "There is one region here: the one that you deployed to."
_EXPORTED = "Models are plain ONNX folders in your storage account, container 'models'; take them from there."

_ROWS: tuple[tuple[str, str, str, str, Tag], ...] = (
    ("evaluateModel", "POST", f"{_MODEL}/:evaluate", "Train again with other evaluation options.", Tag.TRAINING),
    ("loadSnapshot", "POST", f"{_MODEL}/:load-snapshot", "Snapshots lie in container 'datasets'.", Tag.TRAINING),
    ("listExportedModels", "GET", f"{PROJECT}/exported-models", _EXPORTED, Tag.TRAINING),
    ("getExportedModel", "GET", f"{PROJECT}/exported-models/{{exportedModelName}}", _EXPORTED, Tag.TRAINING),
    ("putExportedModel", "PUT", f"{PROJECT}/exported-models/{{exportedModelName}}", _EXPORTED, Tag.TRAINING),
    ("deleteExportedModel", "DELETE", f"{PROJECT}/exported-models/{{exportedModelName}}", _EXPORTED, Tag.TRAINING),
    (
        "getExportedModelManifest",
        "GET",
        f"{PROJECT}/exported-models/{{exportedModelName}}/manifest",
        _EXPORTED,
        Tag.TRAINING,
    ),
    ("copyProject", "POST", f"{PROJECT}/:copy", "Export the project and import it elsewhere.", Tag.PROJECTS),
    (
        "authorizeProjectCopy",
        "POST",
        f"{PROJECT}/:authorize-copy",
        "Export the project and import it elsewhere.",
        Tag.PROJECTS,
    ),
    ("listResources", "GET", f"{PROJECT}/resources", _REGIONS, Tag.DEPLOYMENTS),
    ("assignResources", "POST", f"{PROJECT}/resources/:assign", _REGIONS, Tag.DEPLOYMENTS),
    ("unassignResources", "POST", f"{PROJECT}/resources/:unassign", _REGIONS, Tag.DEPLOYMENTS),
    (
        "deleteFromResources",
        "POST",
        f"{PROJECT}/deployments/{{deploymentName}}/:delete-from-resources",
        _REGIONS,
        Tag.DEPLOYMENTS,
    ),
    (
        "listAssignedDeployments",
        "GET",
        f"{AUTHORING}/projects/global/deployments/resources",
        _REGIONS,
        Tag.DEPLOYMENTS,
    ),
    (
        "listPrebuiltEntities",
        "GET",
        f"{AUTHORING}/projects/global/prebuilt-entities",
        "Label examples of the entity instead.",
        Tag.PROJECTS,
    ),
)


def _refusing(name: str, advice: str) -> Handler:
    def refuse(call: Call) -> Reply:
        raise NotOfferedError(f"{name} is not offered here. {advice}", target=call.request_path)

    return refuse


OPERATIONS = tuple(
    Operation(name, method, path, f"Not offered (501). {advice}", tag, Right.AUTHOR, _refusing(name, advice), 501)
    for name, method, path, advice, tag in _ROWS
)
