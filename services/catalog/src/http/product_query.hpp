#pragma once

#include <optional>
#include <string>

#include <mercato/http/message.hpp>

#include "domain/product_repository.hpp"

namespace catalog::api {

struct ProductQuery {
  ProductFilter filter;
  std::optional<Position> after;
  std::size_t limit = 20;
};

/// What a list is asked for. `shop_currency` counts where prices are compared in no other. Error
/// 400 `invalid_query`, `invalid_cursor`.
[[nodiscard]] ProductQuery read_product_query(const mercato::http::Request& request,
                                              const std::string& shop_currency);

/// The cursor of the next page, bound to the filters of this one.
[[nodiscard]] std::string cursor_of(const Position& next, const mercato::http::Request& request);

}  // namespace catalog::api
