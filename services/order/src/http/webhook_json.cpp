#include "http/webhook_json.hpp"

#include <mercato/json/or_null.hpp>

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
  json["response_status"] = mercato::json::or_null(delivery.response_status);
  json["error"] = mercato::json::or_null(delivery.error);
  json["next_attempt_at"] = mercato::json::or_null(delivery.next_attempt_at, mercato::to_rfc3339);
  json["created_at"] = mercato::to_rfc3339(delivery.created_at);
  return json;
}

}  // namespace order::api
