#pragma once

#include <mercato/http/router.hpp>

#include "domain/answer.hpp"
#include "domain/order_repository.hpp"
#include "domain/refund_order.hpp"
#include "http/keyed_answer.hpp"

namespace order::api {

/// Refunds over HTTP. From any thread; does not own what it is given.
class RefundHandlers {
 public:
  RefundHandlers(RefundOrder& refund_order, RefundStore& refunds, OrderRepository& orders,
                 AnswerStore& answers, KeyedAnswers& keyed_answers)
      : refund_order_(refund_order),
        refunds_(refunds),
        orders_(orders),
        answers_(answers),
        keyed_answers_(keyed_answers) {}

  mercato::http::Answer refund_order(const mercato::http::Request& request);
  mercato::http::Answer list_refunds(const mercato::http::Request& request);

 private:
  RefundOrder& refund_order_;
  RefundStore& refunds_;
  OrderRepository& orders_;
  AnswerStore& answers_;
  KeyedAnswers& keyed_answers_;
};

}  // namespace order::api
