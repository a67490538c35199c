#!/usr/bin/env python3
"""Prints what an engine is told of a service of a compose file, one word after the other, each ended by a zero byte.

  compose_here.py FILE programs        the names of the services that are of the suite's image
  compose_here.py FILE run SERVICE     options, image and command of `podman run`

Networks, ports and the order of starting are left to whoever runs them. What it does not know it refuses.
"""
import json
import os
import re
import sys

import yaml

IMAGE = re.compile(r"firstfloor:\d+\.\d+\.\d+")
LEFT_OUT = {"ports", "depends_on", "restart"}


def expand(text):
    """Variables of the environment, as compose writes them: ${NAME:-otherwise}."""
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: os.environ.get(found[1]) or found[2], text)


def path(folder, text):
    return os.path.realpath(os.path.join(folder, expand(text)))


def health(check):
    kind, *words = check["test"]
    if kind != "CMD":
        raise ValueError("a check of a program cannot need a shell")
    start = check.get("start_period", "0s")
    return ["--health-cmd", json.dumps(words), "--health-interval", check["interval"], "--health-timeout", check["timeout"],
            "--health-start-period", start]


def options(document, folder, service):
    """The options of podman for the settings of a service."""
    given = {
        "user": lambda value: ["--user", value],
        "read_only": lambda value: ["--read-only", "--read-only-tmpfs=false"] if value else [],
        "cap_drop": lambda value: [f"--cap-drop={name}" for name in value],
        "security_opt": lambda value: [f"--security-opt={name.removesuffix(':true')}" for name in value],
        "pids_limit": lambda value: ["--pids-limit", str(value)],
        "mem_limit": lambda value: ["--memory", value],
        "stop_grace_period": lambda value: ["--stop-timeout", value.removesuffix("s")],
        "env_file": lambda value: ["--env-file", path(folder, value)],
        "environment": lambda value: [word for name, text in value.items() for word in ("--env", f"{name}={text}")],
        "volumes": lambda value: [word for mount in value
                                  for word in ("--volume", path(folder, mount.split(":")[0]) + ":" + mount.split(":", 1)[1])],
        "secrets": lambda value: [word for secret in value for word in (
            "--volume", f"{path(folder, document['secrets'][secret['source']]['file'])}:{secret['target']}:ro")],
        "healthcheck": health,
    }
    words = []
    for name, value in service.items():
        if name not in LEFT_OUT | {"image", "command"}:
            words += given[name](value)
    return words


def main():
    file, what = sys.argv[1:3]
    with open(file, encoding="utf-8") as text:
        document = yaml.safe_load(text)
    services = {name: each for name, each in document["services"].items() if IMAGE.fullmatch(each["image"])}
    if what == "programs":
        words = list(services)
    else:
        service = services[sys.argv[3]]
        words = options(document, os.path.dirname(file), service) + ["localhost/firstfloor:test"] + service["command"]
    sys.stdout.write("".join(word + "\0" for word in words))


main()
