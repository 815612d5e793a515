#pragma once

#include <mercato/http/message.hpp>

#include "domain/answer.hpp"
#include "domain/order.hpp"

namespace order::api {

/// The answers to POST /orders, as they are sent and kept.
class OrderAnswers : public AnswerWriter {
 public:
  [[nodiscard]] Answer confirmed(const Order& order) const override;
  [[nodiscard]] Answer pending(const Order& order) const override;
  [[nodiscard]] Answer refused(const Order& order, const Refusal& refusal,
                               const std::string& trace_id) const override;
};

/// An answer on its way out; `replayed` marks one that was sent before.
[[nodiscard]] mercato::http::Response to_response(const Answer& answer, bool replayed);
[[nodiscard]] mercato::http::Response to_response(const Answered& answered);
/// A response as it is kept.
[[nodiscard]] Answer to_answer(const mercato::http::Response& response);

/// 409: what was asked for is not possible in the order's status.
[[nodiscard]] mercato::http::Response illegal_transition(const mercato::http::Request& request,
                                                         OrderStatus status);

}  // namespace order::api
