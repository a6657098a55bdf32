"""Registers the functions of this process's role; nothing else."""

import os

import azure.functions as func

from functions.settings import Role, Settings

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

if Settings.from_env(os.environ).role is Role.API:
    from functions.http.mount import blueprint as http
    from functions.triggers.api import blueprint as api

    app.register_functions(http)
    app.register_functions(api)
else:
    from functions.triggers.trainer import blueprint as trainer

    app.register_functions(trainer)
