#pragma once

#include <string>

#include <mercato/http/client.hpp>

#include "domain/payment_gateway.hpp"

namespace order::clients {

/// The payment service's internal API. From any thread.
class HttpPayment : public PaymentGateway {
 public:
  explicit HttpPayment(mercato::http::ClientOptions options);

  [[nodiscard]] Authorization authorize(const Order& order, const std::string& payment_method,
                                        mercato::Deadline deadline) override;
  [[nodiscard]] Capture capture(OrderId order, mercato::Deadline deadline) override;
  [[nodiscard]] Void void_payment(OrderId order, mercato::Deadline deadline) override;
  [[nodiscard]] Refunding refund(OrderId order, RefundId refund, const Money& amount,
                                 const std::string& reason, mercato::Deadline deadline) override;
  [[nodiscard]] bool available() const override { return client_.available(); }

 private:
  mercato::http::Client client_;
};

}  // namespace order::clients
