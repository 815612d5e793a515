#pragma once

#include <mercato/db/statement.hpp>

#include "domain/payment.hpp"

namespace payment::storage {

namespace db = mercato::db;

/// What read_payment() reads.
inline constexpr char kPaymentColumns[] =
    "id, order_id, user_id, amount, currency, payment_method, status, captured, refunded, "
    "refund_pending, disputed, charged_back, intent_id, card_brand, card_last4, decline_code, "
    "capture_requested, void_requested, look_requested, attempts, created_at, updated_at, "
    "extract(epoch FROM now() - created_at)::bigint AS age_s";
[[nodiscard]] Payment read_payment(const db::Row& row);

/// What read_refund() reads of `refund`, besides intent_id, currency and void_requested of its
/// payment.
inline constexpr char kRefundColumns[] =
    "refund.id, refund.payment_id, refund.amount, refund.reason, refund.status, refund.attempts, "
    "refund.errors, refund.created_at, "
    "extract(epoch FROM now() - refund.created_at)::bigint AS age_s";
[[nodiscard]] Refund read_refund(const db::Row& row);

}  // namespace payment::storage
