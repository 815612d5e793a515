#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include <mercato/http/message.hpp>

#include "domain/place_order.hpp"
#include "domain/refund.hpp"

namespace order::api {

/// POST /orders: body, `Idempotency-Key` and `Prefer`. Error 400, 422.
[[nodiscard]] PlaceOrderCommand parse_place_order(const mercato::http::Request& request);
/// POST /orders/{id}/refunds. Error 400, 422.
[[nodiscard]] RefundRequest parse_refund(const mercato::http::Request& request);
/// POST /orders/{id}/ship; the body may be absent. Error 400, 422.
[[nodiscard]] Tracking parse_tracking(const mercato::http::Request& request);
/// The key of a request that must have one, in the caller's scope. Error 400.
[[nodiscard]] RequestKey parse_key(const mercato::http::Request& request);

/// `Prefer: wait=N` (RFC 7240) in seconds, 4 if it is absent or makes no sense, at most 10.
[[nodiscard]] std::chrono::milliseconds parse_wait(std::optional<std::string_view> prefer);

/// `Last-Event-ID` of a stream that is taken up again; 0 if it is absent or none of ours.
[[nodiscard]] std::int64_t parse_last_event_id(std::optional<std::string_view> id);

/// The caller as a viewer of orders.
[[nodiscard]] Viewer viewer_of(const mercato::http::Request& request);

}  // namespace order::api
