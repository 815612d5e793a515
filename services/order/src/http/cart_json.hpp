#pragma once

#include "domain/cart.hpp"
#include "http/order_json.hpp"

namespace order::api {

[[nodiscard]] Json to_json(const Cart& cart);

}  // namespace order::api
