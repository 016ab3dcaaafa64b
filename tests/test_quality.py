from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import figures, folds, quality
from benchmarks.boosting import Growth
from benchmarks.labelled import APART, FOLDS, Labelled
from benchmarks.scoring import Reading, Score, overlap, score
from benchmarks.tables import HEAD, checks, row, title
from crawler.extraction import body
from crawler.extraction.trees import Trees

WORDS = "La Giunta comunale ha approvato il bilancio di previsione per il prossimo anno"


def page(name: str, **labels: object) -> Labelled:
    return Labelled("eval", name, "", f"https://www.comune.{name}.example/avviso", **labels)  # type: ignore[arg-type]


RECORDED = {"all": {"text_f1": 0.967, "right_day": 0.9, "wrong_day": 0.03}, "captures": {"title_right": 1.0}}


def with_figure(group: str, name: str, value: float) -> figures.Figures:
    return RECORDED | {group: RECORDED[group] | {name: value}}


def test_a_figure_that_falls_by_a_point_is_named() -> None:
    assert figures.fallen(with_figure("all", "text_f1", 0.957), RECORDED) == [
        "all.text_f1: 0.9670 was recorded, 0.9570 now"
    ]


@pytest.mark.parametrize("value", [0.964, 0.962, 0.99])
def test_a_figure_that_falls_by_half_a_point_at_most_or_rises_passes(value: float) -> None:
    assert figures.fallen(with_figure("all", "text_f1", value), RECORDED) == []


def test_a_check_fails_and_says_why_only_where_a_figure_fell(capsys: pytest.CaptureFixture[str]) -> None:
    assert quality.held(with_figure("captures", "title_right", 0.99), RECORDED) == 1
    assert "fallen: captures.title_right: 1.0000 was recorded, 0.9900 now" in capsys.readouterr().out
    assert quality.held(with_figure("captures", "title_right", 0.997), RECORDED) == 0
    assert "fallen" not in capsys.readouterr().out


def test_more_wrong_days_are_a_fall_and_fewer_are_none() -> None:
    assert [line.split(":")[0] for line in figures.fallen(with_figure("all", "wrong_day", 0.04), RECORDED)] == [
        "all.wrong_day"
    ]
    assert figures.fallen(with_figure("all", "wrong_day", 0.0), RECORDED) == []


def test_a_recorded_figure_that_is_not_measured_any_more_has_fallen() -> None:
    assert figures.fallen({"all": RECORDED["all"]}, RECORDED) == [
        "captures.title_right: recorded as 1.0000, not measured"
    ]


def test_a_new_figure_is_no_fall() -> None:
    assert figures.fallen(RECORDED | {"listed": {"text_f1": 0.1}}, RECORDED) == []


def test_recorded_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "quality.toml"
    figures.save(RECORDED, path)
    assert figures.load(path) == RECORDED
    assert "[all]\ntext_f1 = 0.9670\n" in path.read_text()


def test_the_figures_in_the_repository_have_all_subsets() -> None:
    assert {"all", "apart", "public", "italian", "municipal", "sites_dated", "captures"} <= figures.load().keys()


def test_days_are_right_wrong_or_not_given() -> None:
    dated = [page(name, date="2024-05-02") for name in "abcd"]
    read = ["2024-05-02", "2024-05-03", "2024-05", ""]
    found = score((each, Reading(date=day)) for each, day in zip(dated, read, strict=True))
    # The right month alone is no day given, and no wrong one.
    assert (found.dates, found.day, found.wrong, found.missing) == (4, 1, 1, 2)


def test_an_undated_page_that_gets_a_day_counts_and_a_rejected_one_does_not() -> None:
    lists = [page("a", undated=True), page("b", undated=True), page("c")]
    read = [Reading(date="2024-05-02"), Reading(rejected="not-a-release: a list"), Reading(date="2024-05-02")]
    found = score(zip(lists, read, strict=True))
    assert (found.undated, found.invented, found.rejected) == (2, 1, 1)


def test_titles_are_compared_without_capitals_and_punctuation() -> None:
    titled = [page("a", title="Piscina, chiusa!"), page("b", title="Piscina chiusa"), page("c", title="Piscina")]
    read = [Reading("PISCINA CHIUSA"), Reading("Comune: piscina chiusa"), Reading("")]
    found = score(zip(titled, read, strict=True))
    assert (found.equal, found.contained) == (1, 2)


def test_soft_hyphens_make_no_difference_and_missing_words_cost_recall() -> None:
    assert overlap(WORDS.replace("bilancio", "bi\u00adlancio"), WORDS) == (1.0, 1.0)
    precision, recall = overlap(" ".join(WORDS.split()[:7]), WORDS)
    assert precision == 1.0
    assert recall == pytest.approx(4 / 10)


def test_long_pages_count_more_only_where_texts_are_pooled() -> None:
    texts = [(page("a", text=WORDS), Reading(text=WORDS)), (page("b", text="Uno due tre quattro"), Reading())]
    found = score(texts)
    assert found.f1 == pytest.approx(0.5)
    assert found.pooled == pytest.approx(20 / 21)


def test_what_is_not_labelled_is_no_figure() -> None:
    assert figures.of_score(score([(page("a", title="Avviso"), Reading("Avviso"))])) == {
        "title_equal": 1.0,
        "title_contained": 1.0,
    }


def test_the_share_of_texts_read_well_is_no_figure_of_a_few_pages() -> None:
    few = score([(page(str(at), text=WORDS), Reading(text=WORDS)) for at in range(figures.MANY - 1)])
    many = score([(page(str(at), text=WORDS), Reading(text=WORDS)) for at in range(figures.MANY)])
    assert "text_equal" not in figures.of_score(few)
    assert figures.of_score(many)["text_equal"] == 1.0


def test_captured_pages_are_held_against_their_labels() -> None:
    article = page("a", title="Avviso", date="2026-10-05", parts=("alle 12:00",), strangers=("Condividi",))
    doubtful = page("b", title="Bando", date=None, doubtful=True)
    list_ = page("c", listing=True)
    model = page("d", lead="Cosa cambia da lunedì")
    read = [
        Reading("Avviso", "2026-10-05", "Ricevimento alle 12:00\nCondividi"),
        Reading("Altro"),
        Reading("Novità", "", "Tutte le notizie"),
        Reading("Viabilità", "", "Il sottotitolo\nCosa cambia da lunedì in centro\nIl testo"),
    ]
    assert figures.checks_of(zip([article, doubtful, list_, model], read, strict=True)) == {
        "parts_present": (1, 1),
        "strangers_absent": (0, 1),
        "lead_right": (1, 1),
        "title_right": (1, 1),
        "day_right": (1, 1),
        "lists_rejected": (0, 1),
    }


def test_pages_of_a_site_are_in_one_fold_and_some_sites_are_kept_apart() -> None:
    pages = [page(f"paese{at}") for at in range(300)]
    other = [Labelled("eval", "x", "", each.url.replace("www.", "").replace("avviso", "altro")) for each in pages]
    assert [each.fold for each in pages] == [each.fold for each in other]
    assert {each.fold for each in pages} == set(range(FOLDS))
    assert 30 <= sum(each.fold == APART for each in pages) <= 90  # a fifth


def test_both_kinds_of_pages_of_one_system_are_one_site() -> None:
    first, second = (Labelled(group, "x", "", "http://127.0.0.1/x") for group in ("plone", "plone-navtree"))
    assert first.fold == second.fold != APART


def test_pages_are_read_with_the_weights_of_a_fold_only_meanwhile() -> None:
    shipped, other = body.model(), Trees(0.0, *(body.model().columns, body.model().bounds, body.model().leaves))
    with folds.weights(other):
        assert body.model() is other
    assert body.model() is shipped
    with folds.weights(None):
        assert body.model() is shipped


def test_the_kept_apart_part_and_the_rest_are_all() -> None:
    pages = [page(f"paese{at}") for at in range(50)]
    apart, rest = (quality.subset(pages, name) for name in ("apart", "rest"))
    assert apart
    assert rest
    assert sorted(each.name for each in apart + rest) == sorted(each.name for each in quality.subset(pages, "all"))


def test_single_pages_kept_apart_are_not_written(tmp_path: Path) -> None:
    pages = [page(f"paese{at}") for at in range(50)]
    path = tmp_path / "pages.json"
    quality.write(path, {each: Reading("Avviso") for each in pages})
    told = path.read_text()
    for each in pages:
        assert (f'"{each.name}"' in told) == (each.fold != APART)


def test_tables_fit_eighty_columns() -> None:
    full = Score(9999, 9999, 9999, 9999, 9999, 1, 1, 1, *[9999] * 10, 9999 * 0.9)
    lines = [*HEAD.split("\n"), row("trafilatura", full), title("Public bodies, with captured and model pages", full)]
    told = {f"{name}_figure_of_pages": (9999, 9999) for name in "abcdefgh"}
    assert max(map(len, [*lines, *checks("Model pages of town halls", told).split("\n")])) <= 80
    assert all(each in checks("x", told) for each in ("a figure of pages 9999/9999", "h figure of pages 9999/9999"))


def test_a_program_that_reads_only_days_has_no_figure_for_texts_and_titles() -> None:
    dated = page("a", date="2024-05-02", title="Avviso", text=WORDS)
    line = row("htmldate", score([(dated, Reading(date="2024-05-02"))]))
    assert line.split() == ["htmldate", "100.0", "0.0", "0.0"]


@pytest.mark.parametrize("option", ["--check", "--record"])
def test_figures_of_weights_that_saw_the_pages_are_never_recorded(option: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        quality.main(["--no-folds", option])


def examples(tmp_path: Path) -> list[Labelled]:
    found = []
    for at in range(24):
        path = tmp_path / f"{at}.html"
        text = f"{WORDS}, che porta con sé {at} novità per le famiglie e per le imprese della città."
        path.write_text(
            f"<html><body><nav><a href='/'>Home</a></nav><main><h1>Bilancio {at}</h1><p>{text}</p></main>"
            "<aside><p>Le altre notizie del comune</p></aside></body></html>"
        )
        url = f"https://www.comune.paese{at}.example/avviso"
        found.append(Labelled("eval", str(at), str(path), url, f"Bilancio {at}", text=text))
    return found


def test_models_of_folds_are_trained_once_and_anew_where_a_label_changes(tmp_path: Path) -> None:
    pages, kept, growth = examples(tmp_path), tmp_path / "kept", Growth(trees=3, depth=2)
    first = folds.folds(pages, kept, growth)
    assert first.keys() == set(range(FOLDS))
    (made,) = kept.iterdir()
    times = {path: path.stat().st_mtime_ns for path in made.iterdir()}
    folds.folds(pages, kept, growth)
    assert times == {path: path.stat().st_mtime_ns for path in made.iterdir()}
    folds.folds([*pages[:-1], replace(pages[-1], text="Le altre notizie del comune")], kept, growth)
    assert len(list(kept.iterdir())) == 2
