"""Which paths a job may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.errors import InputMissing, PathNotAllowed
from functions.storage.roots import Roots


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """`in` and `notes.md` may be read, `out` may be written and read; `secret` lies beside them."""
    base = tmp_path / "base"
    for folder in ("in/deep", "out/.speedy", "secret", "inside"):
        (base / folder).mkdir(parents=True)
    for file in ("in/a.txt", "in/b.txt", "in/deep/c.txt", "in/_DONE", "in/.hidden", "out/o.txt"):
        (base / file).write_text(file)
    for file in ("out/.speedy/key", "secret/s.txt", "inside/i.txt", "notes.md"):
        (base / file).write_text(file)
    return base


@pytest.fixture
def roots(base: Path) -> Roots:
    return Roots.of(base, ["in", "notes.md"], ["out"])


def expanded(roots: Roots, path: str) -> list[str]:
    return [str(file.relative_to(roots.base)) for file in roots.expand(path)]


def test_a_file_a_folder_and_a_glob_stand_for_files(roots: Roots):
    assert expanded(roots, "in/a.txt") == ["in/a.txt"]
    assert expanded(roots, "in") == ["in/a.txt", "in/b.txt"]
    assert expanded(roots, "in/") == ["in/a.txt", "in/b.txt"]
    assert expanded(roots, "in/[ab].t*") == ["in/a.txt", "in/b.txt"]
    assert expanded(roots, "in/d*") == ["in/deep/c.txt"]
    assert expanded(roots, "notes.md") == ["notes.md"]
    assert expanded(roots, "out/o.txt") == ["out/o.txt"]


def test_an_absolute_path_inside_is_taken(roots: Roots, base: Path):
    assert expanded(roots, str(base / "in/a.txt")) == ["in/a.txt"]


@pytest.mark.parametrize("path", ["in/none.txt", "in/*.csv", "in/a.txt/x", "out", "notes.md/x", "in/deep/none/*"])
def test_what_is_not_there_is_missing(path: str, roots: Roots, base: Path):
    (base / "out/o.txt").unlink()
    with pytest.raises(InputMissing):
        roots.expand(path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "secret/s.txt",
            "/etc/passwd",
            "/",
            ".",
            "..",
            "../x",
            "in/../secret/s.txt",
            "in/../in/a.txt",
            "inside/i.txt",
        ),
        *("*", "*/a.txt", "i*/a.txt", "secret/*", "/etc/*", "../*", "in/*/../../secret/*", "notes.md.bak"),
        *("in/a.txt,secret/s.txt", "in/a.txt,in/b.txt", "{in,secret}/x"),
        *(
            "file:///etc/passwd",
            "file:/etc/passwd",
            "hdfs://host/x",
            "http://host/x",
            "jar:file:///x",
            "FILE:///etc/passwd",
        ),
        *("in/.hidden", "out/.speedy/key", ".git/config", "in/.*", "out/.speedy/*", "~root/.ssh/id"),
        *("in/a\0.txt", "in/a\n.txt", "~/x", "$HOME/x"),
    ],
)
def test_what_lies_outside_or_is_hidden_cannot_be_read(path: str, roots: Roots):
    with pytest.raises(PathNotAllowed):
        roots.check_read(path)
    with pytest.raises(PathNotAllowed):
        roots.expand(path)


@pytest.mark.parametrize("pattern", ["out/[.]speedy/key", "out/?speedy/*", "in/?hidden", "in/[.]h*"])
def test_a_pattern_does_not_match_what_is_hidden(pattern: str, roots: Roots):
    with pytest.raises((InputMissing, PathNotAllowed)):
        roots.expand(pattern)


def test_links_that_lead_outside_are_refused(roots: Roots, base: Path):
    (base / "in/file").symlink_to(base / "secret/s.txt")
    (base / "in/folder").symlink_to(base / "secret")
    (base / "in/key").symlink_to(base / "out/.speedy/key")
    for path in ("in/file", "in/folder", "in/folder/s.txt", "in/folder/*", "in/key"):
        with pytest.raises(PathNotAllowed):
            roots.check_read(path)
    for path in ("in/f*", "in/f*/s.txt", "in/*/s.txt", "in"):
        with pytest.raises(PathNotAllowed):
            roots.expand(path)


def test_links_that_stay_inside_are_followed(roots: Roots, base: Path):
    (base / "in/link").symlink_to(base / "in/a.txt")
    (base / "in/folder").symlink_to(base / "out")
    assert expanded(roots, "in/link") == ["in/link"]
    assert expanded(roots, "in/folder/o.txt") == ["in/folder/o.txt"]


def test_a_link_in_a_circle_is_refused_or_missing(roots: Roots, base: Path):
    (base / "in/one").symlink_to(base / "in/two")
    (base / "in/two").symlink_to(base / "in/one")
    with pytest.raises((InputMissing, PathNotAllowed)):
        roots.expand("in/one")


def test_a_root_that_is_itself_a_link_works(base: Path):
    (base / "linked").symlink_to(base / "in")
    assert len(Roots.of(base, ["linked"], []).expand("linked")) == 2


def test_a_name_that_looks_like_a_pattern_is_a_name_when_it_is_there(roots: Roots, base: Path):
    (base / "in/x[1].txt").touch()
    assert expanded(roots, "in/x[1].txt") == ["in/x[1].txt"]


def test_the_hint_names_what_is_allowed(roots: Roots):
    with pytest.raises(PathNotAllowed) as caught:
        roots.check_read("/etc/passwd")
    assert caught.value.hint == "jobs may read: `in`, `notes.md`, `out`"


@pytest.mark.parametrize("path", ["out/new", "out/deep/er/new", "out/o.txt"])
def test_destinations_inside_a_writable_root_are_taken(path: str, roots: Roots, base: Path):
    assert roots.check_write(path) == base / path


@pytest.mark.parametrize(
    "path",
    [
        *("in/new", "notes.md", "new", "out", "out/", ".", "/tmp/new", "../out/new", "out/../in/new", "out/../out/new"),
        *("out/.hidden", "out/.speedy/x", "out/new/.x", "out/*", "out/a?", "out/[a]", "out/a,b", "file:///tmp/x"),
        *("s3://bucket/x", "out/a\0", "out/a\nb", "out/a\rb", "out/a\u2028b", "out/a\x85b", "out/a\ud800"),
    ],
)
def test_other_destinations_are_refused(path: str, roots: Roots):
    with pytest.raises(PathNotAllowed):
        roots.check_write(path)


def test_a_destination_behind_a_link_that_leads_outside_is_refused(roots: Roots, base: Path):
    (base / "out/folder").symlink_to(base / "secret")
    (base / "out/dangling").symlink_to(base / "secret/new")
    for path in ("out/folder/new", "out/folder", "out/dangling"):
        with pytest.raises(PathNotAllowed):
            roots.check_write(path)


def test_nothing_may_be_read_or_written_without_roots(base: Path):
    none = Roots.of(base, [], [])
    for check in (none.check_read, none.check_write):
        with pytest.raises(PathNotAllowed):
            check("in/a.txt")


def test_a_folder_that_holds_another_root_is_no_destination(tmp_path: Path) -> None:
    nested = Roots.of(tmp_path, [], ["srv", "srv/app/data"])
    with pytest.raises(PathNotAllowed):
        nested.check_write("srv/app")
    assert nested.check_write("srv/other") == tmp_path / "srv/other"


def test_a_name_or_path_that_no_filesystem_takes_is_refused(tmp_path: Path) -> None:
    roots = Roots.of(tmp_path, [], ["."])
    for path in ("é" * 200, "a/" * 2000 + "b"):
        with pytest.raises(PathNotAllowed, match="too long"):
            roots.check_write(path)
        with pytest.raises(PathNotAllowed, match="too long"):
            roots.expand(path)


def test_a_project_whose_own_folder_has_glob_characters_works(tmp_path: Path) -> None:
    base = tmp_path / "my [work] *"
    (base / "in").mkdir(parents=True)
    (base / "in/a.txt").write_text("a\n")
    roots = Roots.of(base, ["in"], [])
    assert [file.name for file in roots.expand("in/*.txt")] == ["a.txt"]
    assert [file.name for file in roots.expand("in")] == ["a.txt"]
    with pytest.raises(PathNotAllowed):
        roots.check_read("*/../..")
