#include <support/catch.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

#include <mercato/error/error.hpp>
#include <support/await.hpp>

#include "domain/import_products.hpp"

using namespace catalog;

namespace {

/// Takes a line "SKU name": faults are named by the SKU "BAD".
std::variant<NewProduct, LineFault> parse(std::string_view line) {
  if (line.substr(0, 3) == "BAD") return LineFault{"malformed_json", "Cannot be read."};
  NewProduct product;
  product.sku = std::string(line.substr(0, line.find(' ')));
  product.name = line.find(' ') == std::string_view::npos ? "" : line.substr(line.find(' ') + 1);
  return product;
}

/// Keeps products in memory and remembers the size of each batch, the largest first; refuses
/// SKUs that begin with "REFUSED".
class Shelf : public ProductImporter {
 public:
  std::vector<LineResult> upsert(const std::vector<NewProduct>& batch, const std::string&,
                                 mercato::Deadline) override {
    const std::lock_guard lock(mutex_);
    batches.insert(std::lower_bound(batches.begin(), batches.end(), batch.size(), std::greater<>()),
                   batch.size());
    std::vector<LineResult> results;
    for (const auto& product : batch) {
      if (product.sku.rfind("REFUSED", 0) == 0) {
        results.emplace_back(LineFault{"category_not_found", "No such category."});
      } else if (names.count(product.sku) == 0) {
        results.emplace_back(ImportedAs::created);
        names[product.sku] = product.name;
      } else {
        results.emplace_back(std::exchange(names[product.sku], product.name) == product.name
                                 ? ImportedAs::unchanged
                                 : ImportedAs::updated);
      }
    }
    return results;
  }

  void tidy_up() override { ++tidied; }

  std::map<std::string, std::string> names;
  std::vector<std::size_t> batches;
  int tidied = 0;

 private:
  std::mutex mutex_;
};

/// Lets nobody go before two batches are being written, or patience is over.
class Pair : public ProductImporter {
 public:
  std::vector<LineResult> upsert(const std::vector<NewProduct>& batch, const std::string&,
                                 mercato::Deadline) override {
    std::unique_lock lock(mutex_);
    met = ++writing_ == 2 || met;
    changed_.notify_all();
    changed_.wait_for(lock, patience, [this] { return met; });
    --writing_;
    return std::vector<LineResult>(batch.size(), ImportedAs::created);
  }

  void tidy_up() override {}

  std::chrono::milliseconds patience{0};
  bool met = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int writing_ = 0;
};

/// Has written a batch only when nobody waits for it any more.
class Late : public ProductImporter {
 public:
  std::vector<LineResult> upsert(const std::vector<NewProduct>& batch, const std::string&,
                                 mercato::Deadline deadline) override {
    ++batches;
    mercato::test::await([&] { return deadline.expired(); });
    return std::vector<LineResult>(batch.size(), ImportedAs::created);
  }

  void tidy_up() override {}

  std::atomic<int> batches{0};
};

ImportSummary import(ProductImporter& shelf, std::string_view text, std::size_t piece = SIZE_MAX,
                     mercato::Deadline deadline = mercato::Deadline::never()) {
  ImportProducts importing(shelf, parse, "", deadline);
  while (!text.empty()) {
    importing.feed(text.substr(0, piece));
    text.remove_prefix(std::min(piece, text.size()));
  }
  return importing.finish();
}

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "S" + std::to_string(i) + " name\n";
  return text;
}

}  // namespace

TEST_CASE("lines are created, updated and left alone, however they are cut into pieces",
          "[import]") {
  const std::string text = "A one\r\n\n  \nB two\nBAD\nREFUSED x\nC three";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, SIZE_MAX}) {
    Shelf shelf;
    shelf.names = {{"A", "one\r"}, {"B", "old"}};
    const auto summary = import(shelf, text, piece);
    INFO(piece);
    CHECK(summary.created == 1);
    CHECK(summary.updated == 1);
    CHECK(summary.unchanged == 1);
    CHECK(summary.failed == 2);
    REQUIRE(summary.faults.size() == 2);
    CHECK(summary.faults[0].line == 5);
    CHECK(summary.faults[0].fault.code == "malformed_json");
    CHECK(summary.faults[1].line == 6);
    CHECK(summary.faults[1].fault.code == "category_not_found");
  }
}

TEST_CASE("nothing comes of nothing", "[import]") {
  Shelf shelf;
  const auto summary = import(shelf, "");
  CHECK(summary.created + summary.updated + summary.unchanged + summary.failed == 0);
  CHECK(shelf.batches.empty());
}

TEST_CASE("faults are told in the order of their lines", "[import]") {
  Shelf shelf;
  const auto summary = import(shelf, "REFUSED a\nBAD\nREFUSED b\nBAD\n");
  REQUIRE(summary.faults.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(summary.faults[i].line == i + 1);
}

TEST_CASE("a SKU that comes twice is changed twice", "[import]") {
  Shelf shelf;
  const auto summary = import(shelf, "A one\nB two\nA three\n");
  CHECK(shelf.batches == std::vector<std::size_t>{2, 1});
  CHECK(summary.created == 2);
  CHECK(summary.updated == 1);
  CHECK(shelf.names["A"] == "three");
}

TEST_CASE("batches hold at most 250 lines", "[import]") {
  Shelf shelf;
  CHECK(import(shelf, lines(250)).created == 250);
  CHECK(shelf.batches == std::vector<std::size_t>{250});
  Shelf other;
  CHECK(import(other, lines(501), 4096).created == 501);
  CHECK(other.batches == std::vector<std::size_t>{250, 250, 1});
}

TEST_CASE("after many lines the shelf is tidied up, once", "[import]") {
  Shelf few;
  CHECK(import(few, lines(999)).created == 999);
  CHECK(few.tidied == 0);
  Shelf many;
  CHECK(import(many, lines(1000)).created == 1000);
  CHECK(many.tidied == 1);
  CHECK(import(many, lines(1000)).unchanged == 1000);
  CHECK(many.tidied == 1);
}

TEST_CASE("two batches are written at once", "[import]") {
  Pair pair;
  pair.patience = std::chrono::seconds(10);
  CHECK(import(pair, lines(500)).created == 500);
  CHECK(pair.met);
}

TEST_CASE("batches that name the same product are written one after the other", "[import]") {
  Shelf shelf;
  const auto summary = import(shelf, lines(250) + "S7 other\n" + "NEW name\n");
  CHECK(shelf.names["S7"] == "other");
  CHECK(summary.created == 251);
  CHECK(summary.updated == 1);

  Pair pair;
  pair.patience = std::chrono::milliseconds(20);  // nobody comes
  CHECK(import(pair, lines(250) + "S7 other\n").created == 251);
  CHECK_FALSE(pair.met);
}

TEST_CASE("a line over 256 KiB fails alone, wherever it stands", "[import]") {
  const std::string longest = "L " + std::string(256 * 1024 - 2, 'x');
  Shelf shelf;
  CHECK(import(shelf, longest + "\nA one\n", 8192).created == 2);

  for (const auto& text : {"A one\n" + longest + "x\nB two\n", "A one\nB two\n" + longest + "x"}) {
    Shelf fresh;
    const auto summary = import(fresh, text, 8192);
    CHECK(summary.created == 2);
    REQUIRE(summary.faults.size() == 1);
    CHECK(summary.faults[0].fault.code == "too_long");
    CHECK(fresh.names.count("L") == 0);
  }
}

TEST_CASE("only the first thousand faults are told, all are counted", "[import]") {
  Shelf shelf;
  std::string text;
  for (int i = 0; i < 1200; ++i) text += "BAD\n";
  const auto summary = import(shelf, text);
  CHECK(summary.failed == 1200);
  CHECK(summary.faults.size() == 1000);
}

TEST_CASE("the first thousand faults are told, though some are known later than others",
          "[import]") {
  Shelf shelf;
  std::string text;
  for (int i = 0; i < 250; ++i) text += "REFUSED" + std::to_string(i) + " name\n";
  for (int i = 0; i < 2500; ++i) text += "BAD\n";
  const auto summary = import(shelf, text);
  CHECK(summary.failed == 2750);
  REQUIRE(summary.faults.size() == 1000);
  CHECK(summary.faults.front().line == 1);
  CHECK(summary.faults.front().fault.code == "category_not_found");
  CHECK(summary.faults.back().line == 1000);
}

TEST_CASE("lines beyond the hundred thousandth fail", "[import]") {
  Shelf shelf;
  const auto summary = import(shelf, std::string(99'999, '\n') + "A one\nB two\n");
  CHECK(summary.created == 1);
  REQUIRE(summary.faults.size() == 1);
  CHECK(summary.faults[0].line == 100'001);
  CHECK(summary.faults[0].fault.code == "out_of_range");
}

TEST_CASE("after its deadline an import reads no further and begins no other batch", "[import]") {
  Late late;
  CHECK_THROWS_AS(import(late, "A one\nA two\nA three\n", SIZE_MAX,
                         mercato::Deadline::in(std::chrono::milliseconds(100))),
                  mercato::Error);
  CHECK(late.batches <= 1);

  Shelf shelf;
  const mercato::Deadline long_ago(mercato::Deadline::Steady::time_point{});
  CHECK_THROWS_AS(import(shelf, "BAD\n", SIZE_MAX, long_ago), mercato::Error);
}
