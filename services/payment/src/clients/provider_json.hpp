#pragma once

#include <string>
#include <variant>

#include <mercato/http/client.hpp>
#include <mercato/json/json.hpp>
#include <mercato/metrics/metrics.hpp>

#include "domain/payment_provider.hpp"

namespace payment::clients {

/// How often the provider said what cannot be used. To be asked for at the start: a counter that is
/// not there until it is 1 has not grown, to Prometheus.
[[nodiscard]] mercato::metrics::Counter unexpected_answers();

/// What an outcome says of an intent. Only a card error is a decline, and only 400 and 402 are
/// refusals, but for those of the idempotency key; anything else is no answer.
[[nodiscard]] IntentAnswer read_intent_answer(const mercato::http::Outcome& outcome);
[[nodiscard]] RefundAnswer read_refund_answer(const mercato::http::Outcome& outcome);
[[nodiscard]] DisputeAnswer read_dispute_answer(const mercato::http::Outcome& outcome);

/// A part of the list of a payment's refunds, or of its disputes.
struct ListPage {
  mercato::json::Value data;  // an array
  std::string last;  // the provider's id of the one after which there are others; empty: none
};
[[nodiscard]] std::variant<ListPage, NoAnswer> read_list_page(
    const mercato::http::Outcome& outcome);
/// Looks for the refund with our id.
[[nodiscard]] RefundAnswer find_in_refunds(const ListPage& page, const std::string& refund_id);
/// Those that carry no id of ours and have succeeded.
[[nodiscard]] ForeignRefunds foreign_in_refunds(const ListPage& page);
[[nodiscard]] ListedDisputes disputes_in(const ListPage& page);

}  // namespace payment::clients
