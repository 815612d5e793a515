#include <support/catch.hpp>

#include <atomic>
#include <future>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <support/await.hpp>

#include "deployment.hpp"

using namespace catalog::test;

namespace {

constexpr int kProducts = 10'000;
constexpr int kChurned = 1'000;
constexpr int kPages = kProducts / 100;

/// Many have the same price, and names come in another order than ids.
std::string line(const std::string& sku, int i) {
  return R"({"sku":")" + sku + "-" + std::to_string(i) + R"(","name":"Walker )" +
         std::to_string((i * 7919) % kProducts) + R"(","description":"number )" +
         std::to_string(i) + R"(","price":{"amount":)" + std::to_string(1 + i % 50) +
         R"(,"currency":"GBP"},"on_hand":1})" + "\n";
}

/// Catch2 counts assertions of one thread only: what the others find wrong, they throw.
void insist(bool holds, const std::string& otherwise) {
  if (!holds) throw std::runtime_error(otherwise);
}

void import(const Deployment& shop, const std::string& sku, int first, int count) {
  std::string lines;
  for (int i = first; i < first + count; ++i) lines += line(sku, i);
  const auto answer = shop.admin("POST", "/api/v1/products/import", lines, kNdjson);
  insist(parse(answer).at("created") == count, answer.body);
}

/// Adds products and archives them again, all the time that the walks take.
class Churn {
 public:
  explicit Churn(const Deployment& shop)
      : running_(std::async(std::launch::async, [this, &shop] {
          for (int first = 0; first < kChurned; first += 50) {
            import(shop, "CHURN", first, 50);
            for (int i = first; i < first + 50; ++i) {
              const auto sku = "CHURN-" + std::to_string(i);
              const auto id = parse(shop.get("/api/v1/products/by-sku/" + sku)).at("id");
              const auto archived =
                  shop.admin("DELETE", "/api/v1/products/" + id.get<std::string>(), "",
                             {{"If-Match", "*"}});
              insist(archived.status == 204, archived.body);
              ++done_;
            }
          }
        })) {}
  /// Until so many came and went.
  void await(int count) {
    insist(mercato::test::await([&] { return done_ >= count; }, std::chrono::seconds(120)),
           "the churn stands still");
  }
  void finish() { running_.get(); }

 private:
  std::atomic<int> done_{0};
  std::future<void> running_;
};

/// How often each of the products that stay was seen.
std::map<std::string, int> walk(const Deployment& shop, const std::string& query, Churn& churn) {
  std::map<std::string, int> seen;
  std::string cursor;
  for (int pages = 1;; ++pages) {
    const auto page = parse(shop.get("/api/v1/products?limit=100&" + query + cursor));
    for (const auto& product : page.at("data")) {
      const auto sku = product.at("sku").get<std::string>();
      if (sku.rfind("STAYS-", 0) == 0) ++seen[sku];
    }
    const auto& next = page.at("next_cursor");
    if (next.is_null()) return seen;
    cursor = "&cursor=" + next.get<std::string>();
    churn.await(std::min(pages * kChurned / kPages, kChurned));
  }
}

}  // namespace

TEST_CASE("a walk sees what stays exactly once while others come and go", "[walk][integration]") {
  const Deployment shop;
  for (int first = 0; first < kProducts; first += 5'000) import(shop, "STAYS", first, 5'000);
  Churn churn(shop);
  std::map<std::string, std::future<std::map<std::string, int>>> walks;
  for (const auto* query :
       {"sort=newest", "sort=price", "sort=-price", "sort=name", "sort=bestselling", "q=walker",
        "q=walker&sort=price", "in_stock=true", "q=wakler"}) {
    walks[query] =
        std::async(std::launch::async, [&shop, query, &churn] { return walk(shop, query, churn); });
  }
  for (auto& [query, running] : walks) {
    INFO(query);
    const auto seen = running.get();
    CHECK(seen.size() == kProducts);
    int repeated = 0;
    for (const auto& [sku, times] : seen) repeated += times - 1;
    CHECK(repeated == 0);
  }
  churn.finish();
}
