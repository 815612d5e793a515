#pragma once

#include <string>

#include <mercato/http/client.hpp>
#include <mercato/json/json.hpp>
#include <mercato/metrics/metrics.hpp>

#include "domain/payment_provider.hpp"

namespace payment::clients {

/// How often the provider said what cannot be used. To be asked for at the start: a counter that is
/// not there until it is 1 has not grown, to Prometheus.
[[nodiscard]] mercato::metrics::Counter unexpected_answers();

/// What an outcome says of an intent. Only a card error is a decline, only 400, 402 and 409 on the
/// intent's state are refusals; anything else is no answer.
[[nodiscard]] IntentAnswer read_intent_answer(const mercato::http::Outcome& outcome);
[[nodiscard]] RefundAnswer read_refund_answer(const mercato::http::Outcome& outcome);
[[nodiscard]] DisputeAnswer read_dispute_answer(const mercato::http::Outcome& outcome);
/// Looks for the refund with our id in a list of them.
[[nodiscard]] RefundAnswer find_in_refunds(const mercato::http::Outcome& outcome,
                                           const std::string& refund_id);
/// Those in a list of refunds that carry no id of ours and have succeeded.
[[nodiscard]] ForeignRefunds foreign_in_refunds(const mercato::http::Outcome& outcome);

}  // namespace payment::clients
