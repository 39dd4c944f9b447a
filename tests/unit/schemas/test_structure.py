"""The structure holds: who may import whom, and what pure folders may not touch."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAMS = {"checkpoint_agent", "stream_processors", "services"}
PURE = [path for path in ("schemas", "stream_processors/judging") if (ROOT / path).is_dir()]
WORLD = {
    "asyncio", "asyncpg", "aiokafka", "faust", "socket", "sqlite3", "subprocess", "threading", "time",
    "random", "secrets", "os", "pathlib", "httpx", "requests", "cv2",
}  # fmt: skip


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("program", [*sorted(PROGRAMS), "schemas"])
def test_programs_never_import_each_other_nor_deploy(program):
    others = (PROGRAMS | {"deploy", "tests"}) - {program}
    guilty = {str(path.relative_to(ROOT)): imported(path) & others for path in modules(program)}
    assert {path: names for path, names in guilty.items() if names} == {}


@pytest.mark.parametrize("folder", PURE)
def test_pure_folders_touch_no_file_socket_database_or_clock(folder):
    guilty = {str(path.relative_to(ROOT)): imported(path) & WORLD for path in modules(folder)}
    assert {path: names for path, names in guilty.items() if names} == {}


@pytest.mark.parametrize("folder", PURE)
def test_pure_folders_read_no_clock_and_open_nothing(folder):
    guilty = []
    for path in modules(folder):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if (
                name in {"now", "utcnow", "today", "open", "print"}
                and ast.unparse(node.func) != "self._opener.open"
            ):
                guilty.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node.func)}")
    assert guilty == []
