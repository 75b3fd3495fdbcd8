"""Zotero's library as a source: what is read of it, what is read again, and what goes wrong."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.cli.app import cli
from assistant.errors import AssistantError, SourceError
from assistant.index import corpora
from assistant.settings import load_settings
from assistant.types import Paper
from ingest.read import read
from ingest.zotero import Changes, changes, recall, remember
from tests.zotero_server import Zotero
from tests.zotero_server import zotero as zotero

WALRUS = "We count walruses on ice in satellite images."


@pytest.fixture
def library(zotero: Zotero) -> Zotero:
    """A library of three papers in nested collections, among what is no paper."""
    zotero.shelve("SEA", "Sea & Ice")
    zotero.shelve("ARCTIC", "Arctic", "SEA")
    zotero.shelve("BREAD", "Bread")
    zotero.put(
        "AAAA",
        parsed="2021-05",
        title="Counting <i>Walruses</i> from Space",
        abstractNote=f"<p>{WALRUS}</p>",
        creators=[
            {"creatorType": "editor", "firstName": "Ed", "lastName": "Itor"},
            {"creatorType": "author", "firstName": "Ludwig", "lastName": "van Beek"},
            {"creatorType": "author", "name": "The Walrus Group"},
        ],
        date="May 2021",
        publicationTitle="Journal of Whales",
        DOI="10.1000/walrus.1",
        url="https://walrus.example/1",
        extra="PMID: 22222222\nCitation Key: beek2021\n57 citations (Crossref) [2024-01-01]",
        tags=[{"tag": "satellites"}, {"tag": "counting", "type": 1}],
        collections=["ARCTIC"],
    )
    zotero.put(
        "BBBB", title="Wild Yeast", itemType="preprint", abstractNote="Sourdough rises.", date="2020",
        repository="arXiv", archiveID="arXiv:2001.00001", collections=["BREAD"],
        creators=[{"creatorType": "presenter", "firstName": "Bo", "lastName": "Yu"}],
    )  # fmt: skip
    zotero.put("CCCC", title="Seals", abstractNote="Seals sleep.", itemType="conferencePaper",
               proceedingsTitle="Proceedings of Seals", collections=["SEA"])  # fmt: skip
    zotero.put("DDDD", itemType="attachment", title="A PDF")
    zotero.put("EEEE", itemType="note", note="<p>mine</p>")
    zotero.put("FFFF", title="Binned", abstractNote="Old.", deleted=1)
    zotero.put("GGGG", title="A Book", itemType="book")
    return zotero


def papers(found: Changes) -> dict[str, Paper]:
    return {one.title: one for one in read([found]).papers}


def titles(found: Changes) -> set[str]:
    return {str(one.fields["title"]) for one in found.records if one.fields}


def again(library: Zotero, before: Changes) -> Changes:
    """Read what changed, the mark kept and read back as between two commands."""
    return changes(before.source, library.url, before.mark)


def test_an_item_s_fields_are_a_paper_s(library: Zotero) -> None:
    found = read([changes("zotero:", library.url, None)])
    by_title = {one.title: one for one in found.papers}
    walrus = by_title["Counting Walruses from Space"]
    assert walrus.id == "doi:10.1000/walrus.1"
    assert walrus.abstract == WALRUS
    assert walrus.authors == ("Ludwig van Beek", "The Walrus Group")
    assert (walrus.year, walrus.venue) == (2021, "Journal of Whales")
    assert walrus.url == "https://walrus.example/1"
    assert (walrus.facts.pmid, walrus.facts.type) == ("22222222", "article-journal")
    assert walrus.facts.keywords == ("satellites", "counting", "Arctic")
    assert walrus.facts.cited_by == 57
    yeast = by_title["Wild Yeast"]
    assert (yeast.id, yeast.facts.type, yeast.authors) == (
        "arxiv:2001.00001",
        "article",
        ("Bo Yu",),
    )
    assert by_title["Seals"].venue == "Proceedings of Seals"
    assert set(by_title) == {"Counting Walruses from Space", "Wild Yeast", "Seals"}
    assert [note for note in found.notes if "no abstract" in note] == [
        "zotero:: 1 record has no abstract (the first: zotero:GGGG)"
    ]


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("Sea & Ice", {"Counting Walruses from Space", "Seals"}),
        ("arctic", {"Counting Walruses from Space"}),
        ("Sea & Ice/Arctic", {"Counting Walruses from Space"}),
        ("Bread", {"Wild Yeast"}),
    ],
)
def test_a_collection_is_read_with_those_below_it(
    library: Zotero, name: str, holds: set[str]
) -> None:
    assert set(papers(changes(f"zotero:{name}", library.url, None))) == holds


def test_a_collection_that_is_not_there_is_told_with_those_that_are(library: Zotero) -> None:
    with pytest.raises(SourceError, match="no collection 'Fish' in Zotero .there are: Arctic, Br"):
        changes("zotero:Fish", library.url, None)


@pytest.fixture
def grouped(library: Zotero) -> Zotero:
    """The library, beside those of two groups."""
    lab = library.groups[4711] = Zotero(name="Whale Lab", version=90)
    lab.shelve("NEAR", "Arctic")
    lab.put("AAAA", title="Whales of the Lab", abstractNote="Whales sing.", collections=["NEAR"])
    lab.put("BBBB", title="Krill", abstractNote="Krill swarm.")
    other = library.groups[42] = Zotero(name="Bread", version=5)
    other.put("CCCC", title="Bread of a Group", abstractNote="Bread rises.")
    return library


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("group/4711", {"Whales of the Lab", "Krill"}),
        ("whale lab", {"Whales of the Lab", "Krill"}),
        ("group/Whale Lab", {"Whales of the Lab", "Krill"}),
        ("group/4711/Arctic", {"Whales of the Lab"}),
        ("Whale Lab/arctic", {"Whales of the Lab"}),
        ("Bread", {"Wild Yeast"}),
        ("group/bread", {"Bread of a Group"}),
        ("Arctic", {"Counting Walruses from Space"}),
    ],
)
def test_a_group_s_library_is_read(grouped: Zotero, name: str, holds: set[str]) -> None:
    assert set(papers(changes(f"zotero:{name}", grouped.url, None))) == holds


def test_of_a_group_what_changed_is_read(grouped: Zotero) -> None:
    first = changes("zotero:group/4711", grouped.url, None)
    assert [one.where for one in first.records] == [
        "zotero:group/4711/BBBB",
        "zotero:group/4711/AAAA",
    ]
    assert first.mark.version == 93
    grouped.put("NEWS", title="Mine", abstractNote="Mine alone.")
    grouped.groups[4711].put("CCCC", title="Plankton", abstractNote="Plankton drifts.")
    second = again(grouped, first)
    assert (second.partial, "Plankton" in titles(second)) == (True, True)
    assert not {"Whales of the Lab", "Mine"} & titles(second)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "group/7",
            r"no group '7' in Zotero \(there are: Bread \(group/42\), Whale Lab \(group/4711",
        ),
        ("Whale", r"no collection 'Whale' in .*, and no group of that name \(there are: Bread"),
        (
            "Whale Lab/Fish",
            r"no collection 'fish' in Zotero's group 'Whale Lab' \(there are: Arctic",
        ),
    ],
)
def test_a_group_that_is_not_there_is_told_with_those_that_are(
    grouped: Zotero, name: str, says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        changes(f"zotero:{name}", grouped.url, None)


def test_one_paper_of_two_libraries_is_merged(grouped: Zotero, tmp_path: Path) -> None:
    grouped.groups[42].put("DDDD", title="Counting walruses", abstractNote="We count walruses.",
                           DOI="10.1000/WALRUS.1", tags=[{"tag": "group"}], volume="7")  # fmt: skip
    ingest(tmp_path, grouped, "zotero:")
    done = ingest(tmp_path, grouped, "zotero:group/42")
    assert done.output.startswith("4 papers: 1 added"), done.output
    assert "zotero:group/42/DDDD: the paper of zotero:AAAA by its DOI" in done.output
    assert ingest(tmp_path, grouped, "zotero:group/42", "zotero:").output.startswith("4 papers: ")


def test_of_two_items_of_one_paper_the_other_stays(library: Zotero, tmp_path: Path) -> None:
    library.put("TWIN", title="Seals", abstractNote="Seals sleep.", tags=[{"tag": "to read"}])
    ingest(tmp_path, library, "zotero:")
    library.put("CCCC", title="Seals", abstractNote="Seals sleep.", publicationTitle="Journal of Seals")  # fmt: skip
    ingest(tmp_path, library, "zotero:")
    found = corpora.papers(load_settings(data_dir=tmp_path, corpus="mine"))
    (seals,) = [one for one in found.values() if one.title == "Seals"]
    assert (seals.venue, seals.facts.keywords) == ("Journal of Seals", ("to read",))


def test_collections_in_a_circle_end(zotero: Zotero) -> None:
    zotero.shelve("A", "One", "B")
    zotero.shelve("B", "Two", "A")
    zotero.put("X", title="T", abstractNote="Words.", collections=["B"])
    assert titles(changes("zotero:One", zotero.url, None)) == {"T"}


def test_all_pages_are_read(zotero: Zotero) -> None:
    for number in range(7):
        zotero.put(f"K{number}", title=f"Paper {number}", abstractNote="Words.")
    zotero.pages = 3
    assert len(changes("zotero:", zotero.url, None).records) == 7
    assert [one for one in zotero.asked if "start=" in one] == zotero.asked[2:]


@pytest.mark.parametrize("server_id", ["", "a1b2"])
def test_only_what_changed_is_read_again(library: Zotero, server_id: str) -> None:
    library.server_id = server_id
    first = changes("zotero:", library.url, None)
    assert not first.partial
    same = again(library, first)
    assert same.partial
    # By date, the newest one may have been changed within the same second.
    assert len(same.records) <= 1
    library.put("CCCC", title="Seals, Revised", abstractNote="Seals sleep a lot.")
    assert titles(again(library, same)) == {"Seals, Revised"}


def test_little_is_asked_for_where_little_changed(zotero: Zotero) -> None:
    for number in range(250):
        zotero.put(f"K{number}", title=f"Paper {number}", abstractNote="Words.",
                   dateModified=f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z")  # fmt: skip
    first = changes("zotero:", zotero.url, None)
    assert len(first.records) == 250
    zotero.asked.clear()
    assert len(again(zotero, first).records) == 1
    _, by_version, by_date = zotero.asked
    assert f"since={first.mark.version}" in by_version
    assert "sort=dateModified" in by_date


def test_what_was_never_synchronised_is_read_at_first(zotero: Zotero) -> None:
    zotero.put("NEW", version=0, title="Not Synced", abstractNote="Words.")
    assert titles(changes("zotero:", zotero.url, None)) == {"Not Synced"}


def test_what_zotero_has_not_synchronised_is_found_by_its_date(library: Zotero) -> None:
    first = changes("zotero:", library.url, None)
    library.put("NEW", version=0, title="Not Synced", abstractNote="Words.",
                dateModified="2026-02-01T00:00:00Z")  # fmt: skip
    assert "Not Synced" in titles(again(library, first))


def test_a_library_that_was_never_synchronised_is_read_whole(zotero: Zotero) -> None:
    zotero.put("NEW", version=0, title="Not Synced", abstractNote="Words.")
    zotero.version = 0
    first = changes("zotero:", zotero.url, None)
    second = again(zotero, first)
    assert (second.partial, titles(second)) == (False, {"Not Synced"})


@pytest.mark.parametrize("what", ["server", "restored", "renamed"])
def test_all_is_read_where_the_mark_does_not_fit(library: Zotero, what: str) -> None:
    library.server_id = "a1b2"
    first = changes("zotero:", library.url, None)
    if what == "server":
        library.server_id = "c3d4"
    elif what == "restored":
        library.version -= 1
    else:
        library.collections[1]["data"]["name"] = "High North"
    found = again(library, first)
    assert not found.partial
    if what == "renamed":
        assert "High North" in papers(found)["Counting Walruses from Space"].facts.keywords


def test_a_mark_is_kept_for_each_source(library: Zotero, tmp_path: Path) -> None:
    all_, bread = (changes(one, library.url, None) for one in ("zotero:", "zotero:Bread"))
    remember(tmp_path, all_)
    remember(tmp_path, bread)
    assert recall(tmp_path, "zotero:") == all_.mark
    assert recall(tmp_path, "zotero:Bread") == bread.mark
    assert recall(tmp_path, "zotero:Sea") is None
    for damaged in ("{", "[]", '{"zotero:": 7}', '{"zotero:": {"server": ""}}'):
        (tmp_path / "zotero.json").write_text(damaged)
        assert recall(tmp_path, "zotero:") is None


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("forbidden", "turn on Settings → Advanced → “Allow other applications on this computer"),
        ("error", r"the error 500 \(An error occurred\)"),
        ("cut JSON", "no JSON, or was cut off"),
        ("cut connection", "was cut off"),
        ("no list", "no list of its items"),
        ("elsewhere", "goes on at 'http://192.0.2.1:9"),
        ("circle", "goes on at"),
        ("redirect", "the error 302"),
    ],
)
def test_bad_answers_are_told_in_one_line(library: Zotero, fault: str, says: str) -> None:
    library.fault = fault
    with pytest.raises(SourceError, match=says) as caught:
        changes("zotero:", library.url, None)
    assert "\n" not in str(caught.value)


def test_an_older_zotero_is_told(library: Zotero) -> None:
    library.found = lambda _: None  # type: ignore[method-assign]
    with pytest.raises(SourceError, match="it takes Zotero 7 or later"):
        changes("zotero:", library.url, None)


def test_no_zotero_says_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(
            SourceError, match="does not answer .*start Zotero 7 or later, and turn"
        ):
            changes("zotero:", address, None)


def test_odd_fields_are_a_record_s_problem(zotero: Zotero) -> None:
    zotero.put("ODD", title="T", abstractNote="A.", creators=[7])
    zotero.put("GOOD", title="Good", abstractNote="Words.", tags=None, collections=["GONE"])
    found = read([changes("zotero:", zotero.url, None)])
    assert [one.title for one in found.papers] == ["Good"]
    assert found.refused == 1
    assert "zotero:ODD: a field is not as it should be" in found.notes[0]


def test_an_empty_library_is_told(zotero: Zotero) -> None:
    with pytest.raises(SourceError, match="no papers in it"):
        changes("zotero:", zotero.url, None)


@pytest.mark.parametrize(
    "address", ["http://example.org:23119", "https://127.0.0.1", "x", "http://["]
)
def test_another_machine_is_never_asked(address: str) -> None:
    with pytest.raises(AssistantError, match="is no address of this machine"):
        load_settings(zotero=address)


def ingest(data: Path, library: Zotero, *arguments: str) -> Result:
    environment = {"PAPER_ASSISTANT_DATA_DIR": str(data), "PAPER_ASSISTANT_ZOTERO": library.url}
    return CliRunner().invoke(cli, ["ingest", *arguments, "--corpus", "mine"], env=environment)


def listed(data: Path) -> set[str]:
    found = corpora.papers(load_settings(data_dir=data, corpus="mine"))
    return {one.title for one in found.values()}


@pytest.mark.slow
def test_the_command_reads_all_then_what_changed(library: Zotero, tmp_path: Path) -> None:
    library.server_id = "a1b2"
    first = ingest(tmp_path, library, "zotero:Sea & Ice")
    assert first.output.startswith("2 papers: 2 added"), first.output
    same = ingest(tmp_path, library, "zotero:Sea & Ice")
    assert same.output.startswith("2 papers: 1 unchanged"), same.output  # the newest, by its date
    library.put("CCCC", title="Seals", abstractNote="Seals sleep in the sun.", collections=["SEA"])
    library.put("GGG2", title="No Abstract Yet", collections=["SEA"])
    changed = ingest(tmp_path, library, "zotero:Sea & Ice")
    assert changed.output.startswith("2 papers: 1 changed"), changed.output
    assert "zotero:GGG2" in changed.output
    mark = json.loads((tmp_path / "corpora" / "mine" / "zotero.json").read_text("utf-8"))
    assert mark["zotero:Sea & Ice"]["version"] == library.version
    # A failure leaves index and mark as they were.
    library.put("CCCC", title="Seals", abstractNote="Seals swim.", collections=["SEA"])
    library.fault = "cut JSON"
    failed = ingest(tmp_path, library, "zotero:Sea & Ice")
    assert isinstance(failed.exception, SourceError)
    library.fault = ""
    assert ingest(tmp_path, library, "zotero:Sea & Ice").output.startswith("2 papers: 1 changed")


@pytest.mark.slow
def test_what_was_pruned_is_read_again(library: Zotero, tmp_path: Path) -> None:
    library.server_id = "a1b2"
    ingest(tmp_path, library, "zotero:")
    other = tmp_path / "other.jsonl"
    other.write_text('{"title": "Other", "abstract": "Words of another."}\n')
    ingest(tmp_path, library, str(other), "--prune")
    assert listed(tmp_path) == {"Other"}
    ingest(tmp_path, library, "zotero:Bread")
    ingest(tmp_path, library, "zotero:", "--prune")
    assert listed(tmp_path) == {"Counting Walruses from Space", "Wild Yeast", "Seals"}
    ingest(tmp_path, library, str(other), "--prune")
    ingest(tmp_path, library, "zotero:")
    assert len(listed(tmp_path)) == 4
