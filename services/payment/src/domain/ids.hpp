#pragma once

#include <mercato/id/uuid.hpp>

namespace payment {

using PaymentId = mercato::Id<struct PaymentTag>;
using OrderId = mercato::Id<struct OrderTag>;
using UserId = mercato::Id<struct UserTag>;
using RefundId = mercato::Id<struct RefundTag>;

}  // namespace payment
