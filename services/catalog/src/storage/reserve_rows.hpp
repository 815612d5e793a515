#pragma once

#include <optional>
#include <vector>

#include <mercato/db/statement.hpp>

#include "domain/stock.hpp"

namespace catalog::storage {

/// One line of an order as a reserve found it.
struct OfferedLine {
  ProductId product;
  std::int64_t quantity = 0;
  /// Nothing if there is no such product.
  struct Goods {
    std::string sku;
    std::string name;
    Money unit_price;
    bool archived = false;
    std::int64_t available = 0;
  };
  std::optional<Goods> goods;
  std::optional<mercato::Timestamp> held_until;  // set if the order got everything

  [[nodiscard]] static OfferedLine read(const mercato::db::Row& row);
};

/// What became of an order whose lines these are, one at least; nothing if none of them is at
/// fault, but others were faster: it is to be tried again.
[[nodiscard]] std::optional<ReserveResult> outcome_of(const std::vector<OfferedLine>& lines);

}  // namespace catalog::storage
