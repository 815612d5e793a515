#include <support/catch.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <thread>
#include <unordered_set>
#include <vector>

#include "mercato/id/random.hpp"
#include "mercato/id/uuid.hpp"

using namespace mercato;
using namespace std::chrono_literals;

TEST_CASE("a new id is of version 7 and carries the time", "[id]") {
  const auto before = std::chrono::floor<std::chrono::milliseconds>(system_clock().now());
  const auto id = Uuid::v7();
  const auto text = id.str();
  CHECK(text.size() == 36);
  CHECK(text[14] == '7');
  CHECK(std::string("89ab").find(text[19]) != std::string::npos);
  CHECK(id.time() >= before);
  CHECK(id.time() <= system_clock().now() + 1s);
}

TEST_CASE("an id for a given moment carries that moment", "[id]") {
  const auto at = *parse_rfc3339("2026-01-31T23:59:59.123Z");
  CHECK(Uuid::v7(at).time() == at);
  CHECK(Uuid::v7(at) != Uuid::v7(at));
}

TEST_CASE("ids of one thread are in order, however fast they come", "[id]") {
  std::vector<Uuid> ids(20'000);
  for (auto& id : ids) id = Uuid::v7();
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("ids that threads make one after the other are in order", "[id]") {
  std::vector<Uuid> ids(200);
  for (auto& id : ids) {
    std::thread([&id] { id = Uuid::v7(); }).join();
  }
  CHECK(std::is_sorted(ids.begin(), ids.end()));
}

TEST_CASE("an id comes after those of another thread that ran ahead of the clock",
          "[id]") {
  Uuid last;
  std::thread([&last] {
    for (int i = 0; i < 20'000; ++i) last = Uuid::v7();
  }).join();
  CHECK(Uuid::v7() > last);
}

TEST_CASE("ids of several threads differ", "[id]") {
  std::vector<std::vector<Uuid>> made(4, std::vector<Uuid>(5'000));
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      for (auto& id : ids) id = Uuid::v7();
    });
  }
  for (auto& thread : threads) thread.join();
  std::unordered_set<Uuid> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  CHECK(all.size() == 20'000);
}

TEST_CASE("an id survives being written and read", "[id]") {
  const auto id = Uuid::v7();
  CHECK(Uuid::parse(id.str()) == id);
  CHECK(Uuid::parse("019BDA4B-7f2e-4c00-9ABC-0123456789ab")->str() ==
        "019bda4b-7f2e-4c00-9abc-0123456789ab");
}

TEST_CASE("what is no id is refused", "[id]") {
  for (const char* const text :
       {"", "019bda4b", "019bda4b7f2e4c009abc0123456789ab", "019bda4b-7f2e-4c00-9abc-0123456789a",
        "019bda4b-7f2e-4c00-9abc-0123456789abc", "019bda4b-7f2e-4c00-9abc-0123456789ag",
        "{19bda4b-7f2e-4c00-9abc-0123456789a}", "019bda4b+7f2e-4c00-9abc-0123456789ab"}) {
    CAPTURE(text);
    CHECK_FALSE(Uuid::parse(text).has_value());
  }
}

TEST_CASE("an id of another version has no time", "[id]") {
  CHECK_FALSE(Uuid::parse("019bda4b-7f2e-4c00-9abc-0123456789ab")->time().has_value());
}

TEST_CASE("ids of two kinds cannot be mixed up", "[id]") {
  using ShelfId = Id<struct ShelfTag>;
  using BookId = Id<struct BookTag>;
  CHECK_FALSE(std::is_convertible_v<ShelfId, BookId>);
  CHECK_FALSE(std::is_constructible_v<ShelfId, BookId>);
  CHECK(ShelfId::parse(ShelfId::make().str()).has_value());
  CHECK(std::hash<ShelfId>{}(ShelfId()) == std::hash<Uuid>{}(Uuid()));
}

TEST_CASE("random bytes differ, in any amount", "[id]") {
  std::set<std::vector<std::uint8_t>> seen;
  for (const std::size_t size : {1U, 16U, 17U, 63U, 64U, 65U, 300U, 5000U}) {
    for (int i = 0; i < 20 && size >= 16; ++i) {
      std::vector<std::uint8_t> bytes(size);
      fill_random(bytes);
      CHECK(seen.insert(bytes).second);
    }
  }
  fill_random({});
}
