#pragma once

#include <string>

#include <mercato/http/client.hpp>
#include <mercato/json/json.hpp>

#include "domain/held_elsewhere.hpp"

namespace user::clients {

/// What the order and the payment service hold about somebody. From any thread.
class HttpHoldings : public HeldElsewhere {
 public:
  HttpHoldings(mercato::http::ClientOptions order, mercato::http::ClientOptions payment);

  [[nodiscard]] Holdings get(UserId user, mercato::Deadline deadline) override;

 private:
  mercato::http::Client order_;
  mercato::http::Client payment_;
};

}  // namespace user::clients
