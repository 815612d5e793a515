#include "http/webhook_json.hpp"

#include <mercato/json/json.hpp>

namespace order::api {

Json to_json(const WebhookEndpoint& endpoint) {
  Json json = Json::object();
  json["id"] = endpoint.id.str();
  json["url"] = endpoint.url;
  json["events"] = endpoint.events;
  json["status"] = endpoint.enabled ? "enabled" : "disabled";
  json["created_at"] = mercato::to_rfc3339(endpoint.created_at);
  return json;
}

Json to_json(const WebhookDelivery& delivery) {
  Json json = Json::object();
  json["id"] = delivery.id.str();
  json["event_id"] = delivery.event_id.str();
  json["event"] = delivery.event;
  json["status"] = name(delivery.status);
  json["attempts"] = delivery.attempts;
  json["response_status"] =
      delivery.response_status ? Json(*delivery.response_status) : Json(nullptr);
  json["error"] = delivery.error ? Json(*delivery.error) : Json(nullptr);
  json["next_attempt_at"] = delivery.next_attempt_at
                                ? Json(mercato::to_rfc3339(*delivery.next_attempt_at))
                                : Json(nullptr);
  json["created_at"] = mercato::to_rfc3339(delivery.created_at);
  return json;
}

}  // namespace order::api
