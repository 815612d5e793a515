#include "records.hpp"

#include <mercato/json/json.hpp>

namespace psp {
namespace {

using Json = mercato::json::Value;

// Members that are absent, empty or zero are left out: most of them are, most of the time.
void put(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}
void put(Json& json, const char* name, std::int64_t value) {
  if (value != 0) json[name] = value;
}
template <class T>
void put(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

template <class T>
void take(const Json& json, const char* name, T& value) {
  const auto found = json.find(name);
  if (found != json.end()) value = found->get<T>();
}
template <class T>
void take(const Json& json, const char* name, std::optional<T>& value) {
  const auto found = json.find(name);
  if (found != json.end()) value = found->get<T>();
}

void put(Json& json, const Metadata& metadata) {
  if (metadata.empty()) return;
  auto& object = json["metadata"] = Json::object();
  for (const auto& [name, value] : metadata) object[name] = value;
}
void take(const Json& json, Metadata& metadata) {
  const auto found = json.find("metadata");
  if (found == json.end()) return;
  for (const auto& [name, value] : found->items()) {
    metadata.emplace_back(name, value.get<std::string>());
  }
}

Json to_json(const Decline& decline) {
  return {{"code", decline.code},
          {"decline_code", decline.decline_code},
          {"message", decline.message}};
}

Json to_json(const Intent& intent) {
  Json json = Json::object();
  put(json, "id", intent.id);
  put(json, "created", intent.created_s);
  put(json, "status", intent.status);
  put(json, "amount", intent.amount);
  put(json, "currency", intent.currency);
  if (intent.capture_at_once) json["capture_at_once"] = true;
  put(json, "payment_method", intent.payment_method);
  put(json, "token", intent.token);
  put(json, intent.metadata);
  put(json, "charge", intent.charge);
  put(json, "received", intent.amount_received);
  put(json, "refunded", intent.amount_refunded);
  put(json, "failures", intent.failures);
  if (intent.last_decline) json["decline"] = to_json(*intent.last_decline);
  put(json, "canceled", intent.canceled_s);
  put(json, "cancellation_reason", intent.cancellation_reason);
  return json;
}

Intent read_intent(const Json& json) {
  Intent intent;
  intent.id = json.at("id").get<std::string>();
  intent.status = json.at("status").get<std::string>();
  take(json, "created", intent.created_s);
  take(json, "amount", intent.amount);
  take(json, "currency", intent.currency);
  take(json, "capture_at_once", intent.capture_at_once);
  take(json, "payment_method", intent.payment_method);
  take(json, "token", intent.token);
  take(json, intent.metadata);
  take(json, "charge", intent.charge);
  take(json, "received", intent.amount_received);
  take(json, "refunded", intent.amount_refunded);
  take(json, "failures", intent.failures);
  if (const auto found = json.find("decline"); found != json.end()) {
    intent.last_decline =
        Decline{found->at("code").get<std::string>(), found->at("decline_code").get<std::string>(),
                found->at("message").get<std::string>()};
  }
  take(json, "canceled", intent.canceled_s);
  take(json, "cancellation_reason", intent.cancellation_reason);
  return intent;
}

Json to_json(const Refund& refund) {
  Json json = Json::object();
  put(json, "id", refund.id);
  put(json, "intent", refund.intent);
  put(json, "charge", refund.charge);
  put(json, "created", refund.created_s);
  put(json, "amount", refund.amount);
  put(json, "currency", refund.currency);
  put(json, "reason", refund.reason);
  put(json, refund.metadata);
  return json;
}

Refund read_refund(const Json& json) {
  Refund refund;
  refund.id = json.at("id").get<std::string>();
  refund.intent = json.at("intent").get<std::string>();
  take(json, "charge", refund.charge);
  take(json, "created", refund.created_s);
  take(json, "amount", refund.amount);
  take(json, "currency", refund.currency);
  take(json, "reason", refund.reason);
  take(json, refund.metadata);
  return refund;
}

Json to_json(const Dispute& dispute) {
  Json json = Json::object();
  put(json, "id", dispute.id);
  put(json, "intent", dispute.intent);
  put(json, "charge", dispute.charge);
  put(json, "created", dispute.created_s);
  put(json, "amount", dispute.amount);
  put(json, "currency", dispute.currency);
  put(json, "reason", dispute.reason);
  put(json, "status", dispute.status);
  return json;
}

Dispute read_dispute(const Json& json) {
  Dispute dispute;
  dispute.id = json.at("id").get<std::string>();
  dispute.intent = json.at("intent").get<std::string>();
  take(json, "charge", dispute.charge);
  take(json, "created", dispute.created_s);
  take(json, "amount", dispute.amount);
  take(json, "currency", dispute.currency);
  take(json, "reason", dispute.reason);
  take(json, "status", dispute.status);
  return dispute;
}

Json to_json(const ApiError& error) {
  Json json = Json::object();
  json["status"] = error.status;
  put(json, "type", error.type);
  put(json, "code", error.code);
  put(json, "decline_code", error.decline_code);
  put(json, "param", error.param);
  put(json, "message", error.message);
  return json;
}

ApiError read_error(const Json& json) {
  ApiError error;
  error.status = json.at("status").get<int>();
  take(json, "type", error.type);
  take(json, "code", error.code);
  take(json, "decline_code", error.decline_code);
  take(json, "param", error.param);
  take(json, "message", error.message);
  return error;
}

}  // namespace

std::string to_line(const Record& record) {
  Json json = Json::object();
  if (record.intent) json["intent"] = to_json(*record.intent);
  if (record.refund) json["refund"] = to_json(*record.refund);
  if (record.dispute) json["dispute"] = to_json(*record.dispute);
  if (record.error) json["error"] = to_json(*record.error);
  if (record.event) json["event"] = {{"id", record.event->id}, {"type", record.event->type}};
  if (record.key) {
    json["key"] = {{"key", record.key->key}, {"fingerprint", record.key->fingerprint}};
  }
  if (record.expand_charge) json["expand_charge"] = true;
  return mercato::json::dump(json) + '\n';
}

std::string delivered_line(std::string_view event) {
  return mercato::json::dump({{"delivered", event}}) + '\n';
}

Line parse_line(std::string_view line) {
  const Json json = mercato::json::parse(line);
  Line parsed;
  take(json, "delivered", parsed.delivered);
  if (!parsed.delivered.empty()) return parsed;
  Record record;
  if (const auto found = json.find("intent"); found != json.end())
    record.intent = read_intent(*found);
  if (const auto found = json.find("refund"); found != json.end())
    record.refund = read_refund(*found);
  if (const auto found = json.find("dispute"); found != json.end())
    record.dispute = read_dispute(*found);
  if (const auto found = json.find("error"); found != json.end()) record.error = read_error(*found);
  if (const auto found = json.find("event"); found != json.end()) {
    record.event = Event{found->at("id").get<std::string>(), found->at("type").get<std::string>()};
  }
  if (const auto found = json.find("key"); found != json.end()) {
    record.key =
        Key{found->at("key").get<std::string>(), found->at("fingerprint").get<std::string>()};
  }
  take(json, "expand_charge", record.expand_charge);
  parsed.record = std::move(record);
  return parsed;
}

}  // namespace psp
