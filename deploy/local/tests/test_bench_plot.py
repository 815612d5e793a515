import xml.etree.ElementTree as ElementTree

import bench_plot

FIGURES = {
    "orders": {"cpu_ms": {"order": 1.5, "order-db": 2.5, "user-db": 0.001, "psp": 9.0}},
    "pgbench": {"cpu_ms": 2.0},
    "reads": {"product by id": {"cpu_ms": {"catalog": 0.05, "gateway": 0.0}}, "a file": {}},
}
SVG = "{http://www.w3.org/2000/svg}"


def drawn() -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(bench_plot.svg(FIGURES)))


def test_each_part_is_as_wide_as_what_it_costs():
    widths = {rect.findtext(f"{SVG}title"): float(rect.get("width"))
              for rect in drawn() if rect.tag == f"{SVG}rect" and rect.findtext(f"{SVG}title")}
    assert set(widths) == {"order 1.500 ms", "order-db 2.500 ms", "databases 2.000 ms",
                           "catalog 0.050 ms"}
    assert abs(widths["order-db 2.500 ms"] / widths["order 1.500 ms"] - 2.5 / 1.5) < 0.01


def test_the_sums_are_told_and_the_providers_stand_in_is_no_part_of_them():
    words = [each.text for each in drawn() if each.tag == f"{SVG}text"]
    assert "4 ms" in words
    assert "0.05 ms" in words
