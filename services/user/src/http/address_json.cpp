#include "http/address_json.hpp"

#include <mercato/json/reader.hpp>

#include "domain/country.hpp"

namespace user::api {

namespace json = mercato::json;

AddressFields parse_address(const mercato::http::Request& request) {
  json::Reader body(json::parse(request.body));
  AddressFields fields;
  fields.name = body.text("name", {.max = 200});
  fields.line1 = body.text("line1", {.max = 200});
  fields.line2 = body.optional_text("line2", {.max = 200});
  fields.city = body.text("city", {.max = 200});
  fields.region = body.optional_text("region", {.max = 200});
  fields.postal_code = body.text("postal_code", {.max = 20});
  fields.country = body.text("country", {.max = 2});
  fields.phone = body.optional_text("phone", {.max = 40});
  if (!fields.country.empty() && !is_country(fields.country)) {
    body.fail("country", "invalid_format", "Must be an ISO 3166-1 alpha-2 code.");
  }
  body.finish();
  return fields;
}

json::Value to_json(const Address& address) {
  const auto& fields = address.fields;
  auto json = json::Value::object();
  json["id"] = address.id.str();
  json["name"] = fields.name;
  json["line1"] = fields.line1;
  if (fields.line2) json["line2"] = *fields.line2;
  json["city"] = fields.city;
  if (fields.region) json["region"] = *fields.region;
  json["postal_code"] = fields.postal_code;
  json["country"] = fields.country;
  if (fields.phone) json["phone"] = *fields.phone;
  return json;
}

}  // namespace user::api
