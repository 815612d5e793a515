#pragma once

#include <mercato/id/uuid.hpp>

namespace order {

using OrderId = mercato::Id<struct OrderTag>;
using UserId = mercato::Id<struct UserTag>;
using ProductId = mercato::Id<struct ProductTag>;
using AddressId = mercato::Id<struct AddressTag>;
using PaymentId = mercato::Id<struct PaymentTag>;
using RefundId = mercato::Id<struct RefundTag>;
using WebhookEndpointId = mercato::Id<struct WebhookEndpointTag>;
using WebhookDeliveryId = mercato::Id<struct WebhookDeliveryTag>;
/// An order's own saga has the order's id, a refund's has the refund's.
using SagaId = mercato::Id<struct SagaTag>;

}  // namespace order
