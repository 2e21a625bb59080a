"""Checks of files whose schemas no package holds: render.yaml and railway.json, against what their documentation describes, and
of what compose.yaml and kubernetes.yaml say twice."""

import json
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parent
ROOT = DEPLOY.parent

RAILWAY = {
    "build": {"builder": str, "dockerfilePath": str, "watchPatterns": list},
    "deploy": {
        "healthcheckPath": str,
        "healthcheckTimeout": int,
        "restartPolicyType": str,
        "restartPolicyMaxRetries": int,
        "overlapSeconds": int,
        "drainingSeconds": int,
    },
}
RENDER_WEB = {
    "type", "name", "runtime", "dockerfilePath", "dockerContext", "plan", "numInstances", "healthCheckPath",
    "maxShutdownDelaySeconds", "autoDeployTrigger", "envVars",
}
RENDER_KEYVALUE = {"type", "name", "plan", "maxmemoryPolicy", "ipAllowList"}
RENDER_DATABASE = {"name", "databaseName", "user", "plan", "postgresMajorVersion", "ipAllowList"}
ROUTES = {"/healthz", "/readyz"}


def require(claim, text):
    if not claim:
        raise SystemExit(text)


def check_railway():
    file = json.loads((DEPLOY / "railway.json").read_text())
    file.pop("$schema")
    require(file.keys() == RAILWAY.keys(), "railway.json: unknown or missing parts")
    for part, fields in RAILWAY.items():
        for name, value in file[part].items():
            require(name in fields, f"railway.json: {part}.{name} is unknown")
            require(type(value) is fields[name], f"railway.json: {part}.{name} is no {fields[name].__name__}")
    require((ROOT / file["build"]["dockerfilePath"]).is_file(), "railway.json: there is no such container file")
    for pattern in file["build"]["watchPatterns"]:
        require(any(ROOT.glob(pattern)), f"railway.json: {pattern} matches nothing")
    require(file["deploy"]["healthcheckPath"] in ROUTES, "railway.json: there is no such route")


def check_render():
    file = yaml.safe_load((DEPLOY / "render.yaml").read_text())
    require(file.keys() == {"services", "databases"}, "render.yaml: unknown or missing parts")
    databases = {database["name"] for database in file["databases"]}
    services = {service["name"]: service for service in file["services"]}
    for database in file["databases"]:
        require(database.keys() <= RENDER_DATABASE, f"render.yaml: unknown fields of {database['name']}")
    for service in services.values():
        known = {"web": RENDER_WEB, "keyvalue": RENDER_KEYVALUE}[service["type"]]
        require(service.keys() <= known, f"render.yaml: unknown fields of {service['name']}")
        for variable in service.get("envVars", []):
            check_variable(variable, databases, services)
    web = services["amda"]
    require((ROOT / web["dockerfilePath"]).is_file(), "render.yaml: there is no such container file")
    require(web["healthCheckPath"] in ROUTES, "render.yaml: there is no such route")
    require(1 <= web["maxShutdownDelaySeconds"] <= 300, "render.yaml: maxShutdownDelaySeconds is 1 to 300")


def check_variable(variable, databases, services):
    sources = variable.keys() - {"key"}
    known = {"value", "sync", "generateValue", "fromDatabase", "fromService"}
    require(len(sources) == 1 and sources <= known, f"render.yaml: {variable['key']} has no one source")
    require(type(variable.get("value", "")) is str, f"render.yaml: {variable['key']} is no string")
    database = variable.get("fromDatabase")
    require(not database or database["name"] in databases, f"render.yaml: {variable['key']} is of no database here")
    service = variable.get("fromService")
    require(not service or service["name"] in services, f"render.yaml: {variable['key']} is of no service here")


def check_compose():
    file = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for name, service in file["services"].items():
        for wanted in ("healthcheck", "read_only", "restart", "cap_drop"):
            require(wanted in service, f"compose.yaml: {name} has no {wanted}")
        require(service["read_only"] is True, f"compose.yaml: {name} may write anywhere")
        for secret in service.get("secrets", []):
            require(secret in file["secrets"], f"compose.yaml: {name} names no secret of the file")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            is_there = (DEPLOY / source).is_file() if source.startswith(".") else source in file["volumes"]
            require(is_there, f"compose.yaml: {name} mounts {source}, which is not there")


def check_kubernetes():
    files = {file["kind"]: file for file in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())}
    labels = files["Deployment"]["spec"]["template"]["metadata"]["labels"]
    selectors = [
        files["Deployment"]["spec"]["selector"]["matchLabels"],
        files["Service"]["spec"]["selector"],
        files["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ]
    require(all(selector == labels for selector in selectors), "kubernetes.yaml: a selector finds no pods")
    pod = files["Deployment"]["spec"]["template"]["spec"]
    (server,) = pod["containers"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        get = server[probe]["httpGet"]
        require(get["path"] in ROUTES and get["port"] == server["ports"][0]["name"], f"kubernetes.yaml: {probe} asks nothing")
    require(files["Service"]["spec"]["ports"][0]["targetPort"] == server["ports"][0]["name"], "kubernetes.yaml: no such port")
    require(server["image"] == pod["initContainers"][0]["image"], "kubernetes.yaml: two images")
    required = server["lifecycle"]["preStop"]["sleep"]["seconds"] + 10
    require(pod["terminationGracePeriodSeconds"] > required, "kubernetes.yaml: no time to hand accounts over")


check_railway()
check_render()
check_compose()
check_kubernetes()
