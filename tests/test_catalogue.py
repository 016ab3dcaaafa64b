"""The catalogue: what ships with the package, what users add to it, and what is said where a file is wrong."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spiders.catalogue import PACKAGED, CatalogueError, find, load, load_file

HOME = 'home = "https://www.comune.example.it/"\n'
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str | bytes, name: str = "sources.toml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def message(path: Path) -> str:
    with pytest.raises(CatalogueError) as caught:
        load_file(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


def test_a_source_needs_no_more_than_a_home(write: Write) -> None:
    source = load_file(write(f"[comune-x]\n{HOME}"))["comune-x"]
    assert (source.id, source.title, source.kind, source.delay) == ("comune-x", "comune-x", "other", 1.0)


def test_every_key_is_read(write: Write) -> None:
    text = (
        f'[x]\n{HOME}name = "X"\nkind = "chamber"\nlistings = ["https://a.it/n"]\nfeeds = ["https://a.it/f"]\n'
        'sitemaps = ["https://a.it/s"]\nplatform = "drupal"\nevery = "6h"\nexpect = "3/week"\ndelay = 2\nlanguage = "it"\n'
        'licence = "CC BY 4.0"\ninclude = ["/news/"]\nexclude = ["/tag/"]\njavascript = true\ntls = "unverified"\n'
    )
    source = load_file(write(text))["x"]
    assert source.model_fields_set == set(type(source).model_fields)
    assert source.every is not None
    assert (source.every.total_seconds(), source.delay, source.listings) == (21600, 2, ("https://a.it/n",))


@pytest.mark.parametrize("text", [f"\ufeff[x]\n{HOME}", f"[x]\r\n{HOME}".replace("\n", "\r\n")])
def test_a_file_may_have_a_byte_order_mark_or_windows_line_ends(write: Write, text: str) -> None:
    assert list(load_file(write(text.replace("\r\r", "\r")))) == ["x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"[x]\n{HOME}lisitngs = []\n", '[x] has no key "lisitngs"; did you mean "listings"?'),
        (f"[x]\n{HOME}zzz = 1\n", '[x] has no key "zzz"'),
        (f'[x]\n{HOME}id = "y"\n', '[x] has no key "id"; the name in brackets is the id'),
        ('[x]\nname = "X"\n', '[x] lacks "home", the address of the home page'),
        (
            '[x]\nhom = "https://a.it"\n',
            '[x] has no key "hom"; did you mean "home"?',
        ),
        ('[x]\nhome = "a.it"\n', '[x] "home" is wrong: "a.it" is not an http or https address'),
        ('[x]\nhome = "ftp://a.it"\n', '[x] "home" is wrong: "ftp://a.it" is not an http or https address'),
        ('[x]\nhome = "https://a..it"\n', '[x] "home" is wrong: "https://a..it" is not an http or https address'),
        ('[x]\nhome = "https://[::1"\n', '[x] "home" is wrong: "https://[::1" is not an http or https address'),
        (
            '[x]\nhome = "https://a.it:99999"\n',
            '[x] "home" is wrong: "https://a.it:99999" is not an http or https address',
        ),
        (
            '[x]\nhome = "https://a.it/\\u001b[2J"\n',
            '[x] "home" is wrong: "https://a.it/\\u001b[2J" is not an http or https address',
        ),
        (
            '[x]\nhome = "https://me:secret@a.it"\n',
            '[x] "home" is wrong: an address with a user name or password is not accepted',
        ),
        ("[x]\nhome = 5\n", '[x] "home" must be text in quotes, not 5'),
        (f'[x]\n{HOME}feeds = "https://a.it"\n', '[x] "feeds" must be a list in brackets, not "https://a.it"'),
        (
            f'[x]\n{HOME}feeds = ["https://a.it/f", "f"]\n',
            '[x] "feeds", entry 2, is wrong: "f" is not an http or https address',
        ),
        (f"[x]\n{HOME}feeds = [1]\n", '[x] "feeds", entry 1, must be text in quotes, not 1'),
        (f'[x]\n{HOME}kind = "town"\n', '[x] "kind" is "town"; it must be "municipality", "chamber" or "other"'),
        (f'[x]\n{HOME}delay = "2"\n', '[x] "delay" must be a number, not "2"'),
        (f"[x]\n{HOME}delay = true\n", '[x] "delay" must be a number, not true'),
        (f"[x]\n{HOME}delay = nan\n", '[x] "delay" must be a number, not nan'),
        (f"[x]\n{HOME}delay = -1\n", '[x] "delay" is -1; it must be at least 0'),
        (f"[x]\n{HOME}delay = 4000\n", '[x] "delay" is 4000; it must be at most 3600'),
        (f"[x]\n{HOME}every = 6\n", '[x] "every" is wrong: "6" is not a span of time such as "30m", "6h" or "1d"'),
        (f'[x]\n{HOME}every = "0h"\n', '[x] "every" is wrong: "0h" is not a span of time such as "30m", "6h" or "1d"'),
        (
            f'[x]\n{HOME}every = "999999999d"\n',
            '[x] "every" is wrong: "999999999d" is not a span of time such as "30m", "6h" or "1d"',
        ),
        (
            f'[x]\n{HOME}expect = "often"\n',
            '[x] "expect" is wrong: "often" is not a number of releases such as "2/day", "3/week" or "0/year"',
        ),
        (
            f'[x]\n{HOME}language = "ita"\n',
            '[x] "language" is "ita"; it must be a language\'s two letters, such as "it"',
        ),
        ("[X_y]\n" + HOME, '["X_y"] is no id: small letters, digits and single hyphens, such as [comune-torino]'),
        (
            '["a\\nb"]\n' + HOME,
            '["a\\u000ab"] is no id: small letters, digits and single hyphens, such as [comune-torino]',
        ),
        ("[a.b]\n" + HOME, '[a] holds the table "b"; a source is one table, its id without dots'),
        ("[[a]]\n" + HOME, "[[a]] has double brackets; write [a]"),
        (HOME, '"home" stands outside of a source; it belongs below a line such as [comune-torino]'),
        (f"[x]\n{HOME}\n[x]\n{HOME}", "[x] is declared twice (at line 4, column 3)"),
        ("[x]\nhome = https://a.it\n", "not valid TOML: invalid value (at line 2, column 8)"),
        ("x = " + "[" * 5000, "not valid TOML: a number too long or lists nested too deeply"),
        ("x = " + "9" * 5000, "not valid TOML: a number too long or lists nested too deeply"),
        ("# nothing yet\n", "declares no source"),
        ("", "declares no source"),
    ],
)
def test_what_is_wrong_is_said_with_source_and_key(write: Write, text: str, expected: str) -> None:
    assert message(write(text)) == expected


def test_a_wrong_regular_expression_is_named(write: Write) -> None:
    assert message(write(f'[x]\n{HOME}include = ["("]\n')).startswith(
        '[x] "include", entry 1, is wrong: "(" is not a regular expression'
    )


def test_of_several_errors_the_first_is_named_and_the_others_counted(write: Write) -> None:
    assert message(write('[x]\nhome = 1\nkind = "a"\n')).endswith("not 1 (and 1 more error in this file)")
    assert message(write("[x]\nhome = 1\n[y]\n[z]\n")).endswith("not 1 (and 2 more errors in this file)")


def test_a_file_that_is_not_utf8_is_named_with_the_line(write: Write) -> None:
    assert message(write(b'[x]\nname = "Forl\xec"\n')) == "not UTF-8 (at line 2)"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert message(tmp_path / "none.toml") == "no such file or folder"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_named(write: Write) -> None:
    path = write(f"[x]\n{HOME}")
    path.chmod(0)
    assert message(path) == "cannot be read (Permission denied)"


def test_a_file_too_large_to_be_a_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(65 << 20)
    assert message(path) == "larger than 64 MB, which no file of sources is"


def test_a_folder_without_sources_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"a folder without any \.toml file"):
        load([tmp_path], only=True)


def test_a_folder_means_every_toml_file_below_it(write: Write, tmp_path: Path) -> None:
    write(f"[b]\n{HOME}", "folder/deep/b.toml")
    write(f"[a]\n{HOME}", "folder/a.toml")
    write("no TOML", "folder/readme.txt")
    write("no TOML", "folder/.hidden.toml")
    assert list(load([tmp_path / "folder"], only=True)) == ["a", "b"]


def test_a_file_named_twice_is_read_once(write: Write, tmp_path: Path) -> None:
    path = write(f"[a]\n{HOME}", "folder/a.toml")
    assert list(load([path, tmp_path / "folder"], only=True)) == ["a"]


def test_a_users_entry_replaces_the_packaged_one_as_a_whole(write: Write) -> None:
    path = write(f"[comune-torino]\n{HOME}\n[mine]\n{HOME}")
    sources = load([path])
    assert sources["comune-torino"].home == "https://www.comune.example.it/"
    assert sources["comune-torino"].listings == ()
    assert "mine" in sources
    assert len(sources) == len(load()) + 1


def test_without_the_packaged_catalogue_nothing_else_is_used(write: Write) -> None:
    assert list(load([write(f"[mine]\n{HOME}")], only=True)) == ["mine"]
    with pytest.raises(CatalogueError, match="at least one file of sources is needed"):
        load(only=True)


def test_one_id_in_two_of_the_users_files_is_an_error_that_names_both(write: Write) -> None:
    first, second = write(f"[x]\n{HOME}", "a.toml"), write(f"[x]\n{HOME}", "b.toml")
    with pytest.raises(CatalogueError) as caught:
        load([first, second])
    assert str(caught.value) == f"{second}: [x] is declared in {first} already"


def test_one_id_in_two_packaged_files_is_an_error(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f"[x]\n{HOME}", "packaged/it/a.toml")
    write(f"[x]\n{HOME}", "packaged/it/b.toml")
    monkeypatch.setattr("spiders.catalogue.PACKAGED", tmp_path / "packaged")
    with pytest.raises(CatalogueError, match=r"b\.toml: \[x\] is declared in .*a\.toml already"):
        load()


def test_sources_are_found_by_name_in_the_order_asked_for() -> None:
    sources = load()
    assert [s.id for s in find(sources, ["comune-torino", "camera-torino", "comune-torino"])] == [
        "comune-torino",
        "camera-torino",
    ]
    assert find(sources, []) == list(sources.values())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["comune-tornio"], 'no source "comune-tornio"; did you mean "comune-torino"?'),
        (["forli"], 'no source "forli"; did you mean "comune-forli"?'),
        (["qqqq"], 'no source "qqqq"'),
        (["qqqq", "wwww"], 'no source "qqqq" (1 more not found)'),
        (["\x1b[2J"], 'no source "\\u001b[2J"'),
    ],
)
def test_an_unknown_name_suggests_a_known_one(names: list[str], expected: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        find(load(), names)
    assert str(caught.value) == expected


def test_a_name_that_several_sources_end_in_suggests_them() -> None:
    with pytest.raises(CatalogueError, match=r'did you mean .*"comune-bologna".*\?'):
        find(load(), ["bologna"])


def test_the_packaged_catalogue_loads_and_names_each_body_once() -> None:
    sources = load()
    kinds = [source.kind for source in sources.values()]
    assert kinds.count("chamber") == 62
    assert sum(id_.startswith("unioncamere") for id_ in sources) == 10
    assert kinds.count("municipality") > 110
    assert all(source.home and source.name for source in sources.values())
    names = [source.name for source in sources.values()]
    assert len(names) == len(set(names))
    homes = [source.home.rstrip("/") for source in sources.values()]
    assert len(homes) == len(set(homes))


def test_the_packaged_files_tell_what_they_are() -> None:
    for path in PACKAGED.rglob("*.toml"):
        assert path.read_text(encoding="utf-8").startswith("# "), path


def test_a_whole_country_loads_in_a_moment(write: Write) -> None:
    text = "\n".join(
        f'[comune-{n}]\nname = "Comune di {n}"\nkind = "municipality"\nhome = "https://www.comune.n{n}.it/"\n'
        for n in range(8000)
    )
    path = write(text)
    start = time.process_time()
    assert len(load_file(path)) == 8000
    assert time.process_time() - start < 5
