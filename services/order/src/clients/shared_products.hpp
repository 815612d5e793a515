#pragma once

#include <set>
#include <stdexcept>
#include <vector>

#include <mercato/db/group_commit.hpp>

#include "domain/product_catalog.hpp"

namespace order::clients {

/// Asks for the products of many threads at once: when everybody wants the same thing the catalog
/// hears of it once in some milliseconds. Each answer is about a moment after its question. From
/// any thread; does not own the catalog.
class SharedProducts : public ProductCatalog {
 public:
  explicit SharedProducts(ProductCatalog& products)
      : products_(products), lookups_([this](const auto& jobs) { return look_up(jobs); }) {}

  [[nodiscard]] Answer list(const std::vector<ProductId>& products,
                            mercato::Deadline deadline) override {
    return lookups_.run({products, deadline});
  }

 private:
  struct Lookup {
    const std::vector<ProductId>& products;
    mercato::Deadline deadline;
  };

  /// A question that many share waits for as long as the most patient of them. Throws if theirs do
  /// not fit into one: each asks for its own then.
  std::vector<Answer> look_up(const std::vector<const Lookup*>& jobs) {
    std::set<ProductId> wanted;
    auto deadline = jobs.front()->deadline;
    for (const auto* job : jobs) {
      wanted.insert(job->products.begin(), job->products.end());
      if (deadline.at() < job->deadline.at()) deadline = job->deadline;
    }
    if (wanted.size() > kMaxLines) throw std::length_error("too many products for one question");
    const auto answer = products_.list({wanted.begin(), wanted.end()}, deadline);
    return std::vector<Answer>(jobs.size(), answer);
  }

  ProductCatalog& products_;
  mercato::db::GroupCommit<Lookup, Answer> lookups_;
};

}  // namespace order::clients
