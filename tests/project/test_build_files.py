"""The files that set the project up: pinned, complete, and the same for whoever clones it."""

import ast
import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
COMMITTED = [
    PROJECT / "Makefile",
    PROJECT / ".ci" / "run",
    PROJECT / ".importlinter",
    PROJECT / "pyproject.toml",
    *(PROJECT / "scripts").glob("*"),
    *(PROJECT / "requirements").glob("*"),
]
SCRIPTS = [PROJECT / ".ci" / "run", *(PROJECT / "scripts").glob("*.sh")]
TARGETS = [
    "help",
    "demo",
    "demo-reset",
    "test",
    "check",
    "chaos",
    "mechanisms",
    "bench",
    "messages",
    "screens",
    "fmt",
    "requirements",
    "clean",
]


def pinned(kind):
    """Versions by name, from the compiled list."""
    text = (PROJECT / "requirements" / f"{kind}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def imported(package):
    """The top-level modules that a package's files import, when they are loaded or later."""
    found = set()
    for file in (PROJECT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def test_no_committed_file_names_a_registry():
    hosts = re.compile(
        r"https?://(?!(www\.)?example)[^\s\"'`)]*(pypi|simple|index|mirror)[^\s\"'`)]*|--(extra-)?index-url",
        re.IGNORECASE,
    )
    assert {file.name: hosts.findall(file.read_text()) for file in COMMITTED if hosts.search(file.read_text())} == {}


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_every_requirement_is_pinned_with_its_hash(kind):
    text = (PROJECT / "requirements" / f"{kind}.txt").read_text()
    entries = re.split(r"(?m)^(?=[a-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text))
    assert [entry for entry in entries if entry and not re.search(r"==.*\\\n\s+--hash=sha256:", entry)] == []


def test_developing_installs_what_runs_in_the_same_versions():
    assert pinned("runtime").items() <= pinned("dev").items()


def test_every_imported_package_is_installed_where_it_runs():
    """A package that only developers have would be missing in production."""
    distributions = packages_distributions()
    own = {"channel_manager", "channel_simulators"}
    foreign = (imported("channel_manager") | imported("channel_simulators")) - sys.stdlib_module_names - own
    names = {module: re.sub(r"[-_.]+", "-", distributions[module][0]).lower() for module in foreign}
    assert {module for module, name in names.items() if name not in pinned("runtime")} == set()


def test_scripts_may_be_executed_and_can_be_read_by_bash():
    for script in SCRIPTS:
        assert os.access(script, os.X_OK), script
        subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize("target", TARGETS)
def test_make_help_tells_about_every_target(target):
    said = subprocess.run(["make", "-C", PROJECT, "help"], capture_output=True, text=True, check=True).stdout
    assert re.search(rf"make {target} ", said)
    subprocess.run(["make", "-C", PROJECT, "-n", target], capture_output=True, check=True)


def test_once_and_the_port_reach_the_demo():
    def command(*words):
        said = subprocess.run(["make", "-C", PROJECT, "-n", "demo", *words], capture_output=True, text=True, check=True)
        return next(line for line in said.stdout.splitlines() if "channel-manager demo" in line).split()[2:]

    assert command() == ["--port", "8000"]
    assert command("PORT=9000") == ["--port", "9000"]
    assert command("ONCE=1") == ["--once"]
    assert command("ONCE=0") == ["--port", "8000"]


def test_every_context_stands_in_a_layer():
    contract = ConfigParser()
    contract.read(PROJECT / ".importlinter")
    named = set(re.findall(r"\w+", contract["importlinter:contract:layers"]["layers"]))
    packages = {file.parent.name for file in (PROJECT / "channel_manager").glob("*/__init__.py")}
    assert packages <= named


# ---- setting up on a machine that lacks something ----


@pytest.fixture
def checkout(tmp_path):
    """What bootstrap.sh reads, and a PATH with nothing but the programs it is given."""
    shutil.copytree(PROJECT / "requirements", tmp_path / "checkout" / "requirements")
    shutil.copytree(PROJECT / "scripts", tmp_path / "checkout" / "scripts")
    shutil.copy(PROJECT / "pyproject.toml", tmp_path / "checkout")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "cat", "sha256sum", "cut", "grep", "rm", "mkdir", "env"):
        (programs / name).symlink_to(shutil.which(name))
    return tmp_path / "checkout"


def program(checkout, name, text):
    file = checkout.parent / "bin" / name
    file.write_text(f"#!/usr/bin/env bash\n{text}\n")
    file.chmod(0o755)


def bootstrap(checkout, kind="runtime"):
    done = subprocess.run(
        [shutil.which("bash"), checkout / "scripts" / "bootstrap.sh", kind],
        env={"PATH": str(checkout.parent / "bin")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_without_python_an_ordinary_user_gets_the_one_line_to_run(checkout):
    program(checkout, "id", "echo 1000")
    program(checkout, "apt-get", "exit 1")
    code, said = bootstrap(checkout)
    assert code == 1
    assert "sudo apt-get install -y python3 python3-venv" in said


def test_without_venv_root_has_it_installed(checkout):
    program(checkout, "id", "echo 0")
    program(checkout, "apt-get", f'echo "$@" >> {checkout}/apt')
    program(checkout, "python3", 'case "$*" in *ensurepip*) exit 1;; *print*) echo 3.11;; esac')
    code, said = bootstrap(checkout)
    assert (checkout / "apt").read_text().split()[-1] == "python3.11-venv"
    assert "Making .venv with Python 3.11" in said
    assert code != 0, "the stand-in makes no environment"


def test_an_older_python_is_not_taken(checkout):
    program(checkout, "id", "echo 1000")
    program(checkout, "python3", "exit 1")
    assert "Missing: Python 3.11 or newer" in bootstrap(checkout)[1]


def test_a_second_run_installs_nothing_until_the_requirements_change(checkout):
    """The environment is a stand-in that notes what is asked of it."""
    venv = checkout / ".venv" / "bin"
    venv.mkdir(parents=True)
    (venv / "python").write_text(f'#!/usr/bin/env bash\necho "$*" >> {checkout}/asked\n')
    (venv / "python").chmod(0o755)

    def installed(kind):
        (checkout / "asked").write_text("")
        assert bootstrap(checkout, kind)[0] == 0
        return [line for line in (checkout / "asked").read_text().splitlines() if " install " in line]

    first = installed("dev")
    assert "--require-hashes -r requirements/dev.txt" in first[0]
    assert "--no-deps --no-build-isolation -e ." in first[1]
    assert "--require-hashes --target .venv/strangers -r requirements/strangers.txt" in first[2]
    assert installed("dev") == installed("runtime") == []
    (checkout / "requirements" / "dev.txt").write_text("ruff==1.0 \\\n    --hash=sha256:0\n")
    assert len(installed("dev")) == 3
