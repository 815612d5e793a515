#pragma once

#include <string>
#include <string_view>

#include "domain/stock.hpp"
#include "http/product_json.hpp"

namespace catalog::api {

[[nodiscard]] Json to_json(OrderId order, const Reserved& reserved);
[[nodiscard]] Json to_json(const OutOfStock& shortages);
[[nodiscard]] Json to_json(const NotOrderable& unsold);

[[nodiscard]] ReservationRequest parse_reservation(std::string_view body);

struct RestockRequest {
  std::string refund;
  ReservationRequest returned;
};
[[nodiscard]] RestockRequest parse_restock(OrderId order, std::string_view body);

}  // namespace catalog::api
