"""The smaller programs: batches of an import, the made-up goods, the sums."""

import json
import shutil
import subprocess
import sys

import import_products
import pytest
import seed
import sum_results
from stand_in_shop import ADMIN, Shop, ShopGateway


def test_an_import_is_cut_into_bodies_that_may_be_sent():
    lines = [b"aaaa\n", b"bb\r\n", b"cccc", b"d\n"]
    assert list(import_products.batches(lines, most_bytes=8, most_lines=10)) == [
        (0, b"aaaa\nbb\n"), (2, b"cccc\nd\n")]
    assert list(import_products.batches(lines, most_bytes=100, most_lines=3)) == [
        (0, b"aaaa\nbb\ncccc\n"), (3, b"d\n")]
    assert list(import_products.batches([])) == []


def test_an_import_outlasts_the_token_that_it_began_with():
    shop = Shop()
    admin = ShopGateway("http://shop", shop=shop).stay_signed_in(*ADMIN)

    def lines():
        for sku in ("A", "B"):
            shop.tokens.clear()  # as after its fifteen minutes
            yield json.dumps({"sku": sku, "name": "A mug"}).encode()

    assert import_products.import_lines(admin, lines())["failed"] == 0
    assert set(shop.products) == {"A", "B"}


def test_made_up_goods_are_the_same_every_time_and_never_twice_the_same():
    goods = [seed.product(number) for number in range(1, 2001)]
    assert goods == [seed.product(number) for number in range(1, 2001)]
    assert len({g["sku"] for g in goods}) == len({g["name"] for g in goods}) == 2000
    slugs = {slug for slug, _, _ in seed.CATEGORIES}
    assert all(g["category"] in slugs and g["price"]["amount"] > 0 for g in goods)


def test_results_are_summed_and_skipped_ones_count_as_neither(tmp_path):
    results = tmp_path / "results.xml"
    results.write_text('<testsuites><testsuite><testcase name="a"/><testcase name="b"><failure/>'
                       '</testcase><testcase name="c"><skipped/></testcase>'
                       '</testsuite></testsuites>')
    assert sum_results.count(str(results)) == (1, 1)
    summed = subprocess.run([sys.executable, sum_results.__file__, "0", str(results),
                             str(tmp_path / "missing.xml")], capture_output=True, text=True)
    assert summed.stdout.splitlines()[-1] == "1 passed, 2 failed"
    assert summed.returncode == 1


def test_a_suite_that_finds_no_tests_has_failed(tmp_path):
    results = tmp_path / "results.xml"
    found = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                            "--junit-xml", results, tmp_path], stdout=subprocess.DEVNULL)
    assert found.returncode == pytest.ExitCode.NO_TESTS_COLLECTED
    assert sum_results.count(str(results)) == (0, 1)


def test_a_suite_of_which_all_is_skipped_has_not_failed(tmp_path):
    results = tmp_path / "results.xml"
    (tmp_path / "test_skipped.py").write_text(
        "import pytest\npytest.skip('nothing to do here', allow_module_level=True)\n")
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                    "--junit-xml", results, tmp_path], stdout=subprocess.DEVNULL)
    assert sum_results.count(str(results)) == (0, 0)


@pytest.mark.skipif(shutil.which("ctest") is None, reason="CTest writes the results")
def test_a_test_that_could_not_be_started_has_failed_and_one_that_skips_itself_has_not(tmp_path):
    results = tmp_path / "results.xml"
    (tmp_path / "CTestTestfile.cmake").write_text("""
        add_test(missing "/nonexistent/program")
        add_test(skipped sh -c "exit 4")
        set_tests_properties(skipped PROPERTIES SKIP_RETURN_CODE 4)
        add_test(good "true")""")
    subprocess.run(["ctest", "--test-dir", tmp_path, "--output-junit", results],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert sum_results.count(str(results)) == (1, 1)
