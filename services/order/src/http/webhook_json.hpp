#pragma once

#include <string>

#include "domain/webhook.hpp"
#include "http/order_json.hpp"

namespace order::api {

// What merchants read; openapi.yaml describes the shapes.
[[nodiscard]] Json to_json(const WebhookEndpoint& endpoint);
[[nodiscard]] Json to_json(const WebhookDelivery& delivery);

}  // namespace order::api
