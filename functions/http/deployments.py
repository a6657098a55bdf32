"""Deployments: names that applications call, and the models behind them."""

from typing import Any

from functions.http import schemas
from functions.http.auth import Right
from functions.http.operation import Call, Operation, Reply, Tag
from functions.http.projects import AUTHORING, PROJECT
from functions.http.wire import NEVER, PAGING, accepted, check_name, date, job_reply, page_reply
from functions.lifecycle import deploying, operations
from functions.stores.deployments import Deployment
from functions.stores.jobs import JobKind, new_job
from model_tools.errors import InvalidInputError

_MAX_DEPLOYMENTS = 50


def list_deployments(call: Call) -> Reply:
    """The deployments of a project, by name."""
    project = call.services.projects.get(call.path["projectName"])
    return page_reply(call, map(_metadata, call.services.deployments.read_all(project.name)))


def get_deployment(call: Call) -> Reply:
    """One deployment."""
    return Reply(_metadata(_deployment(call)))


def put_deployment(call: Call) -> Reply:
    """Points a deployment at a model, creating it where there is none."""
    project = call.services.projects.get(call.path["projectName"])
    name = check_name(call.path["deploymentName"], "deploymentName")
    options = call.body(schemas.CreateDeploymentOptions)
    model = call.services.models.get(project.name, options.trained_model_label)
    names = {deployment.name for deployment in call.services.deployments.read_all(project.name)}
    if name not in names and len(names) >= _MAX_DEPLOYMENTS:
        raise InvalidInputError(
            f"A project has at most {_MAX_DEPLOYMENTS} deployments.",
            inner_code="QuotaExceeded",
            target="deploymentName",
        )
    job = new_job(project.name, JobKind.DEPLOY, {"deployment": name, "modelLabel": model.label})
    operations.run_now(call.services, job, deploying.deploy)
    return _accepted(call, project.name, name, job.job_id)


def delete_deployment(call: Call) -> Reply:
    """Removes a deployment; its model stays."""
    deployment = _deployment(call)
    job = new_job(deployment.project, JobKind.UNDEPLOY, {"deployment": deployment.name})
    operations.run_now(call.services, job, deploying.undeploy)
    return _accepted(call, deployment.project, deployment.name, job.job_id)


def get_deployment_job(call: Call) -> Reply:
    """The state of a deployment's creation or removal."""
    job = call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.DEPLOY, JobKind.UNDEPLOY)
    return job_reply(job)


def swap_deployments(call: Call) -> Reply:
    """Exchanges the models of two deployments."""
    project = call.services.projects.get(call.path["projectName"])
    options = call.body(schemas.SwapDeploymentsOptions)
    first, second = options.first_deployment_name, options.second_deployment_name
    if first == second:
        raise InvalidInputError(
            "A swap needs two different deployments.",
            inner_code="InvalidParameterValue",
            target="$.secondDeploymentName",
        )
    for name in (first, second):
        call.services.deployments.get(project.name, name)
    job = new_job(project.name, JobKind.SWAP, {"first": first, "second": second})
    operations.run_now(call.services, job, deploying.swap)
    return accepted(call, f"{AUTHORING}/projects/{project.name}/deployments/swap/jobs/{job.job_id}")


def get_swap_job(call: Call) -> Reply:
    """The state of a swap."""
    return job_reply(call.services.jobs.get(call.path["projectName"], call.path["jobId"], JobKind.SWAP))


def _deployment(call: Call) -> Deployment:
    project = call.services.projects.get(call.path["projectName"])
    return call.services.deployments.get(project.name, call.path["deploymentName"])


def _accepted(call: Call, project: str, name: str, job_id: str) -> Reply:
    return accepted(call, f"{AUTHORING}/projects/{project}/deployments/{name}/jobs/{job_id}")


def _metadata(deployment: Deployment) -> schemas.DeploymentMetadata:
    return schemas.DeploymentMetadata(
        deployment_name=deployment.name,
        model_id=deployment.model_id,
        last_trained_date_time=date(deployment.trained),
        last_deployed_date_time=date(deployment.deployed),
        deployment_expiration_date=NEVER,
        model_training_config_version=deployment.training_config,
    )


def _operation(name: str, method: str, path: str, summary: str, handler: Any, **extra: Any) -> Operation:  # noqa: ANN401
    return Operation(name, method, path, summary, Tag.DEPLOYMENTS, Right.AUTHOR, handler, **extra)


_DEPLOYMENT = f"{PROJECT}/deployments/{{deploymentName}}"

OPERATIONS = (
    _operation(
        "listDeployments",
        "GET",
        f"{PROJECT}/deployments",
        "List deployments.",
        list_deployments,
        items=schemas.DeploymentMetadata,
        queries=PAGING,
    ),
    _operation(
        "swapDeployments",
        "POST",
        f"{PROJECT}/deployments/:swap",
        "Exchange the models of two deployments.",
        swap_deployments,
        success=202,
        body=schemas.SwapDeploymentsOptions,
    ),
    _operation(
        "getSwapJob",
        "GET",
        f"{PROJECT}/deployments/swap/jobs/{{jobId}}",
        "Get the state of a swap.",
        get_swap_job,
        reply=schemas.JobState,
    ),
    _operation(
        "getDeployment", "GET", _DEPLOYMENT, "Get a deployment.", get_deployment, reply=schemas.DeploymentMetadata
    ),
    _operation(
        "putDeployment",
        "PUT",
        _DEPLOYMENT,
        "Deploy a model under a name, or point the name at another model.",
        put_deployment,
        success=202,
        body=schemas.CreateDeploymentOptions,
    ),
    _operation("deleteDeployment", "DELETE", _DEPLOYMENT, "Delete a deployment.", delete_deployment, success=202),
    _operation(
        "getDeploymentJob",
        "GET",
        f"{_DEPLOYMENT}/jobs/{{jobId}}",
        "Get the state of a deployment's creation or removal.",
        get_deployment_job,
        reply=schemas.JobState,
    ),
)
