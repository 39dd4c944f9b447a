"""The bash of ``deploy/set_up.sh``, function by function, on a machine that is pretended by a PATH."""

import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
TOOLS = ("awk", "bash", "cat", "cut", "dirname", "flock", "grep", "mkdir", "mv", "rm", "sha256sum", "touch")


class Machine:
    """A checkout with the set-up's files, and a PATH with nothing but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root, self.path = folder / "checkout", folder / "bin"
        (self.root / "deploy").mkdir(parents=True)
        self.path.mkdir()
        for name in ("set_up.sh", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(CHECKOUT / "deploy" / name, self.root / "deploy" / name)
        (self.root / "pyproject.toml").write_text("")
        for tool in TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool))
        self.has("id", "echo 1000")
        self.has("df", 'echo "Filesystem 1024-blocks Used Available"; echo "disk 9 9 3000000 9% /"')

    def has(self, name: str, does: str) -> None:
        program = self.path / name
        program.unlink(missing_ok=True)
        program.write_text(f"#!{self.path}/bash\n{does}\n")
        program.chmod(0o755)

    def run(self, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
        script = f'set -euo pipefail; source "{self.root}/deploy/set_up.sh"; {code}'
        return subprocess.run(
            [self.path / "bash", "-c", script],
            env={"PATH": str(self.path), **environment},
            capture_output=True,
            text=True,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_a_machine_without_a_new_enough_python_is_refused_in_one_sentence(machine):
    machine.has("python3", "exit 1")
    said = machine.run("set_up runtime")
    assert said.returncode == 1
    assert said.stderr == ("✗ Python 3.11 or newer is needed and was not found (Debian: the package python3).\n")


def test_a_python_without_venv_and_without_a_right_to_install_is_refused(machine):
    machine.has("python3", 'case "$2" in *ensurepip*) exit 1;; *"%d.%d"*) echo 3.11;; esac')
    said = machine.run("set_up runtime")
    assert said.returncode == 1
    assert "install the package python3.11-venv (as root), then start again" in said.stderr
    assert not (machine.root / ".venv").exists()


def test_a_full_disk_is_refused_before_anything_is_installed(machine):
    machine.has("python3", "exit 0")
    machine.has("df", 'echo "Filesystem 1024-blocks Used Available"; echo "disk 9 9 2999999 9% /"')
    said = machine.run("set_up runtime")
    assert said.returncode == 1
    assert said.stderr.endswith("has 2999 MB free and 3000 MB are needed for the set-up: free some.\n")
    assert not (machine.root / ".venv").exists()


def test_a_half_made_venv_is_made_anew(machine):
    left = machine.root / ".venv" / "bin"
    left.mkdir(parents=True)
    (left.parent / "unfinished").touch()
    machine.has("python3", 'case "$*" in *"-m venv"*) echo "made $3";; esac')
    said = machine.run('make_venv "$(command -v python3)"')
    assert "half-made" in said.stderr
    assert said.stdout == f"made {machine.root}/.venv\n"
    assert not left.exists()
    assert (left.parent / "unfinished").exists()


def test_a_station_without_libzbar_is_set_up_and_says_so(machine):
    machine.has("ldconfig", "exit 0")
    said = machine.run("ensure_zbar")
    assert said.returncode == 0
    assert "stations run without the pyzbar fallback" in said.stderr


def test_root_gets_libzbar_without_its_thirty_recommended_packages(machine):
    machine.has("ldconfig", "exit 0")
    machine.has("id", "echo 0")
    machine.has("apt-get", 'echo "apt-get $*" >&2')
    said = machine.run("ensure_zbar")
    assert "apt-get install -y --no-install-recommends libzbar0" in said.stderr
    assert "without the pyzbar fallback" not in said.stderr


def test_the_tests_need_a_browser_and_say_how_to_get_one(machine):
    said = machine.run("ensure_chromium")
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert "install the package chromium (as root), or set CHOTXANH_CHROMIUM" in said.stderr


def test_a_package_list_is_fetched_only_where_the_first_try_failed(machine):
    machine.has(
        "apt-get", f'echo "$1" >&2; [ -e {machine.root}/lists ] || {{ touch {machine.root}/lists; exit 100; }}'
    )
    said = machine.run("apt_install chromium")
    assert said.returncode == 0
    assert said.stderr.split() == ["install", "update", "install"]


def test_the_stamp_changes_with_the_locks_and_that_of_the_tests_serves_both(machine):
    machine.has("python3", "echo 3.11.7")
    venv = machine.root / ".venv" / "bin"
    venv.mkdir(parents=True)
    machine.has("chotxanh", "exit 0")
    shutil.copy(machine.path / "chotxanh", venv / "chotxanh")
    assert machine.run('stamp_of dev python3 >"$VENV/stamp"').returncode == 0
    for wanted in ("runtime", "dev"):
        assert machine.run(f"is_current {wanted} python3").returncode == 0
    with (machine.root / "deploy" / "requirements.lock").open("a") as lock:
        lock.write("another==1.0\n")
    assert machine.run("is_current runtime python3").returncode == 1


def test_the_programs_sources_are_compiled_once_whatever_the_image_says(machine):
    said = machine.run("echo ${PYTHONDONTWRITEBYTECODE-compiled}", PYTHONDONTWRITEBYTECODE="1")
    assert said.stdout == "compiled\n"
