#pragma once

#include <mercato/http/message.hpp>

#include "domain/payment_operations.hpp"

namespace payment::api {

/// {"order_id", "user_id", "amount", "payment_method"}; Error 422 for anything wrong in it.
[[nodiscard]] NewPayment parse_new_payment(const mercato::http::Request& request);
/// {"refund_id", "amount", "reason"}
[[nodiscard]] RefundRequest parse_refund(const mercato::http::Request& request);

}  // namespace payment::api
