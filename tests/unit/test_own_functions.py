"""An operator's own folder of functions, and functions that are begun anew."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from functions.catalog import BadDefinition, load
from functions.check import Flow
from functions.new import begin
from functions.storage.roots import Roots

PAGE = (Path(__file__).parents[2] / "docs" / "own-functions.md").read_text()
GOOD = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "keep_unpaid.py").write_text(GOOD)
    (tmp_path / "_notes.py").write_text("not python")
    return tmp_path


def test_a_folder_that_is_none_is_told(tmp_path: Path):
    with pytest.raises(BadDefinition, match="is no folder of functions"):
        load(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "text", "detail"),
    [
        ("sort.py", GOOD.replace("keep_unpaid", "sort"), "has a function `sort` already"),
        ("other.py", GOOD, "must hold one catalog function, named other; it holds `keep_unpaid`"),
        ("empty.py", "", "it holds none"),
        ("broken.py", "def broken(:", "cannot be loaded: SyntaxError"),
        ("missing.py", "import no_such_module", "cannot be loaded: ModuleNotFoundError: No module named"),
        ("bare.py", GOOD.replace("keep_unpaid", "bare").replace("column: When", "colum: When"), "not describe column"),
        ("ends.py", "import sys\nsys.exit(0)", "cannot be loaded: SystemExit"),
        ("endless.py", "def endless():\n    endless()\nendless()", "cannot be loaded: RecursionError"),
        ("zero.py", "a = '\0'", "cannot be loaded: "),
        ("two.py", GOOD.replace("keep_unpaid", "two") + GOOD.partition("\n\n\n")[2], "holds `two`, `keep_unpaid`"),
        ("class.py", GOOD, "must hold one catalog function, named class"),
        ("two-words.py", GOOD, "cannot be named `two-words`"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(folder: Path, name: str, text: str, detail: str):
    (folder / name).write_text(text)
    with pytest.raises(BadDefinition) as caught:
        load(folder)
    assert str(caught.value).startswith(str(folder / name))
    assert detail in str(caught.value)


def test_own_functions_are_checked_as_all_others_are(folder: Path):
    catalog = load(folder)
    found = catalog.find("keep_unpaid")
    assert found is not None
    assert found.group == "own"
    assert len(catalog) == len(load()) + 1
    calls = catalog.check(list(found.example_steps), Flow(Roots.of(folder, [], [])))
    assert calls[1].arguments == {"column": "paid_at"}


def test_a_server_with_a_bad_function_does_not_start(folder: Path):
    (folder / "empty.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "server.supervisor", "serve"],
        env={"SPEEDY_FUNCTIONS_PATH": str(folder), "SPEEDY_BASE": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "empty.py must hold one catalog function" in done.stderr


@pytest.mark.parametrize(
    ("name", "group", "detail"),
    [
        ("My-Step", "rows", "cannot name"),
        ("def", "rows", "cannot name"),
        ("", "rows", "cannot name"),
        ("../x", "rows", "cannot name"),
        ("x; y", "rows", "cannot name"),
        ("schritt\u0131", "rows", "cannot name"),
        ("my_step\n", "rows", "cannot name"),
        ("rows", "rows", "a word that the test"),
        ("pytest", "rows", "a word that the test"),
        ("sort", "rows", "already"),
        ("my_step", "row", "no group"),
    ],
)
def test_a_name_that_cannot_be_is_told(tmp_path: Path, name: str, group: str, detail: str):
    with pytest.raises(ValueError, match=detail):
        begin(name, group, tmp_path)


def test_a_new_function_is_one_that_the_catalog_takes(tmp_path: Path):
    (tmp_path / "functions/columns").mkdir(parents=True)
    (tmp_path / "tests/functions").mkdir(parents=True)
    file, test = begin("my_step", "columns", tmp_path)
    found = load(file.parent).find("my_step")
    assert found is not None
    assert found.summary
    compile(test.read_text(), str(test), "exec")
    with pytest.raises(ValueError, match="is there already"):
        begin("my_step", "columns", tmp_path)


@pytest.mark.parametrize("name", ["abc", "my_step"])  # on either side of what the test imports beside it
def test_a_new_function_passes_the_linter(tmp_path: Path, name: str):
    (tmp_path / "functions/columns").mkdir(parents=True)
    (tmp_path / "tests/functions").mkdir(parents=True)
    files = begin(name, "columns", tmp_path)
    config = Path(__file__).parents[2] / "pyproject.toml"
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--config", str(config), *map(str, files)]
        done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
