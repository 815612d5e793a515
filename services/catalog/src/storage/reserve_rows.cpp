#include "storage/reserve_rows.hpp"

#include <utility>

namespace catalog::storage {
namespace {

namespace db = mercato::db;

Reserved reserved(const std::vector<OfferedLine>& lines) {
  Reserved reserved{*lines.front().held_until, {}};
  reserved.lines.reserve(lines.size());
  for (const auto& line : lines) {
    reserved.lines.push_back({line.product, line.goods->sku, line.goods->name, line.quantity,
                              line.goods->unit_price});
  }
  return reserved;
}

NotOrderable unsold(const std::vector<OfferedLine>& lines) {
  NotOrderable unsold;
  const std::string* currency = nullptr;  // of the first line that has one
  for (const auto& line : lines) {
    if (!line.goods) {
      unsold.push_back({line.product, "product_not_found"});
      continue;
    }
    if (!currency) currency = &line.goods->unit_price.currency;
    if (line.goods->archived) {
      unsold.push_back({line.product, "product_archived"});
    } else if (line.goods->unit_price.currency != *currency) {
      unsold.push_back({line.product, "mixed_currency"});
    }
  }
  return unsold;
}

OutOfStock shortages(const std::vector<OfferedLine>& lines) {
  OutOfStock shortages;
  for (const auto& line : lines) {
    if (line.goods->available < line.quantity) {
      shortages.push_back({line.product, line.goods->sku, line.quantity, line.goods->available});
    }
  }
  return shortages;
}

}  // namespace

OfferedLine OfferedLine::read(const db::Row& row) {
  OfferedLine line;
  line.product = db::id<ProductId>(row, "product_id");
  line.quantity = db::integer(row, "quantity");
  if (auto sku = db::optional_text(row, "sku")) {
    line.goods = {std::move(*sku), db::text(row, "name"),
                  {db::integer(row, "price"), db::text(row, "currency")},
                  db::boolean(row, "archived"), db::integer(row, "available")};
  }
  line.held_until = db::optional_timestamp(row, "held_until");
  return line;
}

std::optional<ReserveResult> outcome_of(const std::vector<OfferedLine>& lines) {
  if (lines.front().held_until) return reserved(lines);
  if (auto faults = unsold(lines); !faults.empty()) return faults;
  if (auto faults = shortages(lines); !faults.empty()) return faults;
  return std::nullopt;
}

}  // namespace catalog::storage
