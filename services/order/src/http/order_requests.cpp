#include "http/order_requests.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>
#include <utility>

#include <mercato/http/syntax.hpp>
#include <mercato/idempotency/idempotency.hpp>
#include <mercato/json/reader.hpp>

#include "domain/country.hpp"
#include "domain/currency.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;
using std::chrono::milliseconds;
namespace json = mercato::json;

constexpr std::chrono::seconds kDefaultWait{4};
constexpr std::chrono::seconds kMaxWait{10};

template <class IdType>
IdType read_id(json::Reader& object, std::string_view key) {
  const auto text = object.text(key, {.max = 100});
  const auto id = IdType::parse(text);
  if (!id && !text.empty()) object.fail(key, "invalid_format", "Must be a UUID.");
  return id.value_or(IdType());
}

/// Lines as they came; the same product may come twice.
std::optional<std::vector<RequestedLine>> read_lines(json::Reader& body) {
  std::vector<RequestedLine> lines;
  const bool given = body.optional_objects("lines", 1, kMaxLines, [&](json::Reader& line) {
    const auto product = read_id<ProductId>(line, "product_id");
    lines.push_back({product, line.integer("quantity", {.min = 1, .max = kMaxQuantity})});
  });
  if (!given) return std::nullopt;
  auto merged = merge_lines(lines);
  for (const auto& line : merged) {
    if (line.quantity <= kMaxQuantity) continue;
    const auto first = std::find_if(lines.begin(), lines.end(), [&line](const auto& each) {
      return each.product == line.product;
    });
    body.fail("lines", "out_of_range",
              "Line " + std::to_string(first - lines.begin()) +
                  " asks for more than 10000 of one product in all.");
  }
  return merged;
}

std::string read_currency(json::Reader& money) {
  auto currency = money.text("currency", {.max = 3});
  if (!currency.empty() && !is_currency(currency)) {
    money.fail("currency", "invalid_format", "Must be an ISO 4217 code.");
  }
  return currency;
}

std::optional<Money> read_money(json::Reader& body, std::string_view key) {
  Money money;
  const bool given = body.optional_object(key, [&](json::Reader& object) {
    money.amount_minor = object.integer("amount", {.min = 1, .max = kMaxTotalMinor});
    money.currency = read_currency(object);
  });
  return given ? std::optional<Money>(std::move(money)) : std::nullopt;
}

std::optional<Address> read_address(json::Reader& body, std::string_view key) {
  Address address;
  const bool given = body.optional_object(key, [&](json::Reader& object) {
    address.name = object.text("name", {.max = 200});
    address.line1 = object.text("line1", {.max = 200});
    address.line2 = object.optional_text("line2", {.max = 200});
    address.city = object.text("city", {.max = 200});
    address.region = object.optional_text("region", {.max = 200});
    address.postal_code = object.text("postal_code", {.max = 20});
    address.country = object.text("country", {.max = 2});
    address.phone = object.optional_text("phone", {.max = 40});
    if (!address.country.empty() && !is_country(address.country)) {
      object.fail("country", "invalid_format", "Must be an ISO 3166-1 alpha-2 code.");
    }
  });
  return given ? std::optional<Address>(std::move(address)) : std::nullopt;
}

std::string read_payment_method(json::Reader& body) {
  auto method = body.text("payment_method", {.max = 255});
  const bool is_token =
      std::all_of(method.begin(), method.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_token) {
    body.fail("payment_method", "invalid_format", "Must be a token of visible ASCII characters.");
  }
  return method;
}

void read_what_to_buy(json::Reader& body, PlaceOrderCommand& command) {
  const auto lines = read_lines(body);
  command.request.from_cart = body.optional_boolean("from_cart").value_or(false);
  if (command.request.from_cart && body.has("lines") && !body.is_null("lines")) {
    body.fail("lines", "invalid_format", "Give either lines or from_cart.");
  } else if (!command.request.from_cart && !body.has("lines")) {
    body.fail("lines", "required", "Give lines, or from_cart.");
  } else if (!command.request.from_cart && body.is_null("lines")) {
    body.fail("lines", "required", "Must be given.");
  }
  if (lines) command.lines = *lines;
}

void read_where_to_send(json::Reader& body, PlaceOrderCommand& command) {
  command.shipping_address = read_address(body, "shipping_address");
  const bool by_id = body.has("shipping_address_id") && !body.is_null("shipping_address_id");
  if (by_id) {
    command.request.address = read_id<AddressId>(body, "shipping_address_id");
  } else {
    body.raw("shipping_address_id");  // null: known, and absent
  }
  const bool given = body.has("shipping_address") && !body.is_null("shipping_address");
  if (given && by_id) {
    body.fail("shipping_address_id", "invalid_format",
              "Give either shipping_address or shipping_address_id.");
  } else if (!given && !by_id) {
    body.fail("shipping_address", "required", "Give shipping_address, or shipping_address_id.");
  }
}

std::optional<std::chrono::seconds> wait_in(std::string_view preference) {
  constexpr std::string_view kName = "wait=";
  // Parameters say nothing here.
  preference = mercato::http::syntax::trim(preference.substr(0, preference.find(';')));
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  if (preference.size() <= kName.size() ||
      !std::equal(kName.begin(), kName.end(), preference.begin(),
                  [&](char a, char b) { return same(b, a); })) {
    return std::nullopt;
  }
  auto digits = preference.substr(kName.size());
  if (digits.size() > 2 && digits.front() == '"' && digits.back() == '"') {
    digits = digits.substr(1, digits.size() - 2);
  }
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error == std::errc::result_out_of_range && digits.front() != '-') return kMaxWait;
  if (error != std::errc() || end != digits.data() + digits.size() || seconds < 0) {
    return std::nullopt;
  }
  return std::min(std::chrono::seconds(seconds), kMaxWait);
}

}  // namespace

PlaceOrderCommand parse_place_order(const http::Request& request) {
  PlaceOrderCommand command;
  command.buyer = UserId(request.caller.subject);
  command.key = parse_key(request);
  // The client counts from when it asked.
  command.wait = std::max(parse_wait(request.header("Prefer")) - request.age(), milliseconds(0));
  command.trace_id = request.trace.trace_id;

  json::Reader body(json::parse(request.body));
  read_what_to_buy(body, command);
  command.request.payment_method = read_payment_method(body);
  read_where_to_send(body, command);
  command.request.expected_total = read_money(body, "expected_total");
  body.finish();
  return command;
}

RefundRequest parse_refund(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  RefundRequest refund;
  refund.reason = body.text("reason", {.max = 500});
  refund.restock = body.optional_boolean("restock").value_or(false);
  if (auto lines = read_lines(body)) refund.lines = std::move(*lines);
  refund.amount = read_money(body, "amount");
  if (refund.amount && body.has("lines") && !body.is_null("lines")) {
    body.fail("amount", "invalid_format", "Give either lines or amount.");
  }
  body.finish();
  return refund;
}

Tracking parse_tracking(const http::Request& request) {
  Tracking tracking;
  if (request.body.empty()) return tracking;
  json::Reader body(json::parse(request.body));
  tracking.carrier = body.optional_text("carrier", {.max = 100});
  tracking.number = body.optional_text("tracking_number", {.max = 100});
  body.finish();
  return tracking;
}

RequestKey parse_key(const http::Request& request) {
  return {UserId(request.caller.subject), mercato::idempotency::required_key_of(request),
          mercato::idempotency::fingerprint_of(request)};
}

milliseconds parse_wait(std::optional<std::string_view> prefer) {
  if (!prefer) return kDefaultWait;
  std::string_view rest = *prefer;
  while (true) {
    const auto comma = rest.find(',');
    if (const auto wait = wait_in(rest.substr(0, comma))) return *wait;
    if (comma == std::string_view::npos) return kDefaultWait;
    rest.remove_prefix(comma + 1);
  }
}

std::int64_t parse_last_event_id(std::optional<std::string_view> id) {
  std::int64_t seq = 0;
  if (!id) return 0;
  const auto [end, error] = std::from_chars(id->data(), id->data() + id->size(), seq);
  const bool is_ours = error == std::errc() && end == id->data() + id->size() && seq > 0;
  return is_ours ? seq : 0;
}

Viewer viewer_of(const http::Request& request) {
  return {UserId(request.caller.subject), request.caller.role == "admin"};
}

}  // namespace order::api
