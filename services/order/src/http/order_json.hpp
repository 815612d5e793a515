#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "domain/order.hpp"
#include "domain/refund.hpp"
#include "domain/timeline.hpp"

namespace order::api {

using Json = nlohmann::ordered_json;

// What clients read; openapi.yaml describes the shapes.
[[nodiscard]] Json to_json(const Money& money);
[[nodiscard]] Json to_json(const Order& order);
[[nodiscard]] Json to_json(const Refund& refund);
[[nodiscard]] Json to_json(const TimelineEntry& entry);

/// "/api/v1/orders/{id}"
[[nodiscard]] std::string location_of(OrderId id);
/// Strong, as RFC 9110 writes it: "\"3\"".
[[nodiscard]] std::string etag_of(const Order& order);

}  // namespace order::api
