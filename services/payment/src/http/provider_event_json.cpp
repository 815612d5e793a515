#include "http/provider_event_json.hpp"

#include <mercato/error/error.hpp>
#include <mercato/json/json.hpp>

namespace payment::api {
namespace {

namespace json = mercato::json;
using mercato::Error;
using mercato::ErrorKind;

constexpr std::size_t kMaxIdBytes = 255;

std::string text_in(const json::Value& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What the event is about; null if it does not say.
json::Value object_of(const json::Value& event) {
  if (!event.contains("data") || !event["data"].is_object()) return nullptr;
  return event["data"].value("object", json::Value());
}

/// The object is the intent itself, or names it.
std::string intent_of(const json::Value& object) {
  return text_in(object, text_in(object, "object") == "payment_intent" ? "id" : "payment_intent");
}

std::string dispute_of(const json::Value& object) {
  return text_in(object, "object") == "dispute" ? text_in(object, "id") : std::string();
}

Error not_an_event() { return {ErrorKind::bad_request, "bad_request", "Not an event."}; }

/// What is JSON, and more than we can hold, is no event.
json::Value read_event(const std::string& body) {
  try {
    return json::parse(body);
  } catch (const Error& error) {
    if (error.code() == "validation_failed") throw not_an_event();
    throw;
  }
}

}  // namespace

storage::ProviderEvent parse_provider_event(const std::string& text) {
  const auto body = read_event(text);
  storage::ProviderEvent event{text_in(body, "id"), text_in(body, "type"), "", "", text};
  if (event.id.empty() || event.id.size() > kMaxIdBytes || event.type.empty() ||
      event.type.size() > kMaxIdBytes) {
    throw not_an_event();
  }
  const auto object = object_of(body);
  event.intent = intent_of(object);
  event.dispute = dispute_of(object);
  return event;
}

}  // namespace payment::api
