"""What our Bicep has to keep to. Every policy gives findings with file and line; none is what the tests ask for."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.infra.bicep_tree import BicepFile, Declaration, Value
from tests.infra.rules import API_VERSIONS, ROLES, SECURE, UNWATCHED

Files = dict[str, BicepFile]


@dataclass(frozen=True, order=True)
class Finding:
    """Something that must be mended."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"infra/bicep/{self.file}:{self.line}: {self.message}"


ADDRESSES = {"connectionString", "insightsConnectionString"}
"""Names that sound like secrets and are none: Application Insights takes nothing without a role."""

_SECRET = re.compile(r"password|secret|connectionstring|\bsas\b|access_?key|accountkey", re.IGNORECASE)
_ROLE = re.compile(r"subscriptionResourceId\('Microsoft.Authorization/roleDefinitions', roleIds\[grant\.role\]\)")
_NAMED_BY_FIRST = {
    "call_expression", "for_statement", "lambda_expression", "metadata_declaration", "module_declaration",
    "object_property", "output_declaration", "parameter_declaration", "resource_declaration", "variable_declaration",
}  # fmt: skip
"""Syntax whose first identifier is a name of its own and no reference."""
_KINDS = ("Required. ", "Optional. ", "Conditional. ")


def roles_from_the_list(files: Files) -> Iterator[Finding]:
    """Only the roles above, called by their names."""
    for file, value in _values(files):
        if value.node.type != "string" or not isinstance(value.literal, str):
            continue
        if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value.literal) and value.literal not in ROLES:
            yield Finding(file, value.line, f"{value.literal} is no role of the allow-list")
    for file, grant in _grants(files):
        if str(grant["role"].literal) not in ROLES.values():
            yield Finding(file, grant["role"].line, f"{grant['role'].text} is no role of the allow-list")
    for each in _resources(files, "Microsoft.Authorization/roleAssignments"):
        role = each.value.find("properties.roleDefinitionId")
        if role is None or not _ROLE.fullmatch(role.text):
            line = role.line if role else each.line
            yield Finding(each.file, line, f"{each.name}: the role must be taken from roleIds")
    known = files["modules/roles.bicep"].get("var", "roleIds").value
    for name, guid in known.properties.items():
        if ROLES.get(str(guid.literal)) != name:
            yield Finding("modules/roles.bicep", guid.line, f"{guid.literal} is not {name}")


def roles_in_one_file(files: Files) -> Iterator[Finding]:
    """Who may do what is read in one place."""
    for each in _resources(files, "Microsoft.Authorization/roleAssignments"):
        if each.file != "modules/roles.bicep":
            yield Finding(each.file, each.line, "role assignments belong into modules/roles.bicep")


def roles_are_deterministic(files: Files) -> Iterator[Finding]:
    """A second deployment finds the assignment of the first, and Azure need not look the principal up."""
    for each in _resources(files, "Microsoft.Authorization/roleAssignments"):
        name = each.value.find("name")
        if name is None or not re.fullmatch(r"guid\(.*principals\[.*roleIds\[.*\)", name.text):
            yield Finding(each.file, each.line, f"{each.name}: name must be guid(scope, principal, role)")
        if each.value.find("properties.principalType") is None:
            yield Finding(each.file, each.line, f"{each.name}: principalType is missing")
        if each.value.find("scope") is None:
            yield Finding(each.file, each.line, f"{each.name}: without a scope it holds for the whole group")


def no_keys_are_listed(files: Files) -> Iterator[Finding]:
    """Nothing reads a key: not listKeys, listAccountSas, listSecrets or their kin."""
    for file, value in _values(files):
        if value.node.type == "call_expression" and re.match(r"(?:.*\.)?list[A-Z]?\w*\(", value.text):
            yield Finding(file, value.line, f"{value.text.partition('(')[0]} reads a secret")


def no_secret_outputs(files: Files) -> Iterator[Finding]:
    """Outputs are kept in the deployment's history for everybody who may read it."""
    for file in files.values():
        secure = {param.name for param in file.of("param") if "secure" in param.decorators}
        for output in file.of("output"):
            named = {value.text for value in output.value.of_type("identifier")}
            if (_SECRET.search(output.name) and output.name not in ADDRESSES) or named & secure:
                yield Finding(file.name, output.line, f"output {output.name} may be a secret")


def secrets_are_secure(files: Files) -> Iterator[Finding]:
    """A parameter with a secret is marked, so that no history of deployments shows its value, and has no other default."""
    for file in files.values():
        for param in file.of("param"):
            if not (re.search(r"[a-z]Keys?$", param.name) or _SECRET.search(param.name)) or param.name in ADDRESSES:
                continue
            if "secure" not in param.decorators:
                yield Finding(file.name, param.line, f"param {param.name} must be @secure()")
            if param.has_default and param.value.literal != "":
                yield Finding(file.name, param.line, f"param {param.name} has a secret as its default")


def secure_values(files: Files) -> Iterator[Finding]:
    """What must be on is on, what must be off is off, and no parameter changes it."""
    for each in _resources(files):
        for path, wanted in SECURE.get(each.target, {}).items():
            value = each.value.find(path)
            if value is None or value.literal != wanted:
                line = value.line if value else each.line
                yield Finding(each.file, line, f"{each.target}: {path} must be {wanted!r}")


def api_versions(files: Files) -> Iterator[Finding]:
    """One version for each type, chosen once."""
    for each in (declaration for file in files.values() for declaration in file.of("resource")):
        top = next((known for known in API_VERSIONS if f"{each.target}/".startswith(f"{known}/")), None)
        if top is None or each.version != API_VERSIONS[top]:
            wanted = API_VERSIONS[top] if top else "in the list first"
            yield Finding(each.file, each.line, f"{each.target}@{each.version} must be {wanted}")


def parameters_are_described(files: Files) -> Iterator[Finding]:
    """Every parameter says what it is and whether it is needed; outputs too say what they are for."""
    for file in files.values():
        for param in file.of("param"):
            description = param.decorators.get("description")
            sentence = description.text.removeprefix("description('") if description else ""
            if not sentence.startswith(_KINDS) or not sentence.endswith(".')"):
                yield Finding(file.name, param.line, f"param {param.name}: description must begin with {_KINDS}")
            elif sentence.startswith("Required. ") == param.has_default:
                yield Finding(file.name, param.line, f"param {param.name}: description and default disagree")
    for output in files["main.bicep"].of("output"):
        if "description" not in output.decorators or not re.fullmatch(r"[A-Z][A-Z_]+", output.name):
            yield Finding("main.bicep", output.line, f"output {output.name} needs a description and an UPPER_CASE name")


def numbers_have_bounds(files: Files) -> Iterator[Finding]:
    """A number that cannot be meant is refused before anything is deployed."""
    for file in files.values():
        for param in file.of("param"):
            bounded = "allowed" in param.decorators or {"minValue", "maxValue"} <= param.decorators.keys()
            if param.whole.children[1].text == "int" and not bounded:
                yield Finding(file.name, param.line, f"param {param.name} needs @minValue and @maxValue")


def everything_is_used(files: Files) -> Iterator[Finding]:
    """No parameter, variable or existing resource is left over."""
    for file in files.values():
        used = {value.text for value in file.root.of_type("identifier") if _is_reference(value)}
        used |= {value.text.partition("::")[2] for value in file.root.of_type("resource_expression")}
        for each in file.declarations:
            is_candidate = each.kind in {"param", "var"} or (each.kind == "resource" and each.existing)
            if is_candidate and each.name not in used:
                yield Finding(file.name, each.line, f"{each.kind} {each.name} is not used")


def modules_get_their_parameters(files: Files) -> Iterator[Finding]:
    """Every module call names what the module needs, and nothing that it does not know."""
    for call in _modules(files):
        module = files[_module_path(call)]
        known = {param.name: param for param in module.of("param")}
        given = call.value.find("params")
        keys = given.keys if given else {}
        for name, key in keys.items():
            if name not in known:
                yield Finding(call.file, key.line, f"{module.name} has no parameter {name}")
        for name, param in known.items():
            if name not in keys and not param.has_default:
                yield Finding(call.file, call.line, f"{module.name} needs the parameter {name}")


def outputs_exist(files: Files) -> Iterator[Finding]:
    """`module.outputs.name` names an output of that module."""
    for file in files.values():
        calls = {call.name: files[_module_path(call)] for call in file.of("module")}
        for value in file.root.of_type("member_expression"):
            match = re.fullmatch(r"(\w+)!?\.outputs\.(\w+)", value.text)
            if match and match[1] in calls and match[2] not in {each.name for each in calls[match[1]].of("output")}:
                yield Finding(file.name, value.line, f"module {match[1]} has no output {match[2]}")


def names_are_declared(files: Files) -> Iterator[Finding]:
    """Every name that is used is declared in the file, a variable of a loop or lambda, or a function of Bicep."""
    for file in files.values():
        declared = {each.name for each in file.declarations} | _local_names(file)
        for value in file.root.of_type("identifier"):
            if _is_reference(value) and value.text not in declared:
                yield Finding(file.name, value.line, f"{value.text} is not declared")


def watched_resources_tell(files: Files) -> Iterator[Finding]:
    """Logs and metrics of everything that has some go to the one workspace."""
    for file in files.values():
        settings = [each for each in file.of("resource") if each.target == "Microsoft.Insights/diagnosticSettings"]
        scopes = {scope.text for each in settings if (scope := each.value.find("scope"))}
        for each in settings:
            if each.value.find("properties.workspaceId") is None:
                yield Finding(file.name, each.line, f"{each.name} sends to no workspace")
            for value in each.value.of_type("string"):
                if value.literal == "allLogs":
                    yield Finding(
                        file.name, value.line, "name the logs: the group of all grows by itself, and the bill with it"
                    )
        for each in file.of("resource"):
            if each.target not in UNWATCHED and not each.existing and each.name not in scopes:
                yield Finding(file.name, each.line, f"{each.target} {each.name} has no diagnostic settings")


POLICIES: tuple[Callable[[Files], Iterator[Finding]], ...] = (
    roles_from_the_list,
    roles_in_one_file,
    roles_are_deterministic,
    no_keys_are_listed,
    no_secret_outputs,
    secrets_are_secure,
    secure_values,
    api_versions,
    parameters_are_described,
    numbers_have_bounds,
    everything_is_used,
    modules_get_their_parameters,
    outputs_exist,
    names_are_declared,
    watched_resources_tell,
)


def _values(files: Files) -> Iterator[tuple[str, Value]]:
    return ((file.name, value) for file in files.values() for value in file.root.walk())


def _resources(files: Files, target: str = "") -> Iterator[Declaration]:
    """Resources that are made, not merely referred to."""
    made = (each for file in files.values() for each in file.of("resource") if not each.existing)
    return (each for each in made if not target or each.target == target)


def _modules(files: Files) -> Iterator[Declaration]:
    return (each for file in files.values() for each in file.of("module"))


def _module_path(call: Declaration) -> str:
    folder, _, _ = call.file.rpartition("/")
    return f"{folder}/{call.target}" if folder else call.target


def _grants(files: Files) -> Iterator[tuple[str, dict[str, Value]]]:
    """The rows `{ who, on, role }` of the tables in roles.bicep."""
    file = files["modules/roles.bicep"]
    for row in file.root.of_type("object"):
        if {"who", "role"} <= row.properties.keys():
            yield file.name, row.properties


def _local_names(file: BicepFile) -> set[str]:
    loops = file.root.of_type("for_statement", "lambda_expression")
    single = {loop.children[0].text for loop in loops if loop.children[0].node.type == "identifier"}
    several = {value.text for value in file.root.of_type("loop_variable", "loop_enumerator")}
    return single | several


def _is_reference(value: Value) -> bool:
    """Whether an identifier stands for a value: not a key, a function, nor the name that a declaration gives."""
    parent = value.node.parent
    assert parent is not None
    is_first = parent.named_children[0] == value.node
    if parent.type == "resource_expression":  # `account::blobs`
        return is_first
    return not (is_first and parent.type in _NAMED_BY_FIRST)
