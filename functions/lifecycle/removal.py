"""What goes with a project, and what late work leaves behind of one that is gone."""

from typing import TYPE_CHECKING

from functions.errors import StaleError

if TYPE_CHECKING:
    from functions.services import Services
    from functions.stores.jobs import Job


def delete_project(services: "Services", job: "Job") -> None:
    """Forgets a project: labels, models, deployments, jobs. The files in its container are the user's and stay.

    The project is out of sight first, so that nothing new begins, and its row goes last, so that a deletion that was
    interrupted can be asked for again.
    """
    name = job.request["project"]
    _hide(services, name)
    services.jobs.delete_scope(name)
    remove_rows(services, name)
    services.projects.delete(name)


def remove_rows(services: "Services", name: str) -> None:
    """Removes what is kept for a project, apart from its own row and its jobs."""
    services.deployments.delete_project(name)
    services.directory.forget()
    services.models.delete_project(name)
    services.changes.delete_project(name)
    services.suggestions.delete_project(name)
    services.labels.delete_project(name)
    services.documents.delete_project(name)
    services.blobs.delete_folder("datasets", f"{name}/")


def remove_leftovers(services: "Services", name: str) -> None:
    """Removes what work has written that began before its project was deleted, and ended after that."""
    if services.projects.find(name) is None:
        remove_rows(services, name)


def _hide(services: "Services", name: str) -> None:
    while (project := services.projects.find(name)) is not None:
        try:
            services.projects.hide(project)
        except StaleError:
            continue
