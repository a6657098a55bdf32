"""Registers the functions of this process's role; nothing else."""

import os

import azure.functions as func

from functions.settings import Role, Settings

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
_settings = Settings.from_env(os.environ)

if _settings.role is Role.API:
    from functions.http.mount import blueprint as http
    from functions.triggers import uploads
    from functions.triggers.api import blueprint as api

    app.register_functions(http)
    app.register_functions(api)
    app.register_functions(uploads.polled if _settings.storage.is_emulated else uploads.told)
else:
    from functions.triggers.trainer import blueprint as trainer

    app.register_functions(trainer)
