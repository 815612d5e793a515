#include "deployment.hpp"

#include <stdexcept>
#include <string_view>

#include <mercato/id/uuid.hpp>

namespace order::test {
namespace {

constexpr std::int64_t kPriceMinor = 1250;

PeerAnswer said(int status, const Json& body) {
  return {status, mercato::json::dump(body)};
}

PeerAnswer refused(int status, const std::string& code, Json members = Json::object()) {
  members["code"] = code;
  auto answer = said(status, members);
  answer.headers = {{"Content-Type", "application/problem+json"}};
  return answer;
}

/// "/prefix/<id>/<action>" as id and action.
std::pair<std::string, std::string> id_and_action(const std::string& target,
                                                  std::string_view prefix) {
  const auto rest = target.substr(prefix.size() + 1);
  const auto slash = rest.find('/');
  return {rest.substr(0, slash), slash == std::string::npos ? "" : rest.substr(slash + 1)};
}

}  // namespace

Neighbours::Neighbours(const mercato::test::TestKeys& keys)
    : jwks_(keys.jwks()),
      peer_(std::make_unique<mercato::test::HttpPeer>(
          [this](const PeerRequest& request) { return answer(request); })) {}

void Neighbours::meddle(Meddle meddle) {
  const std::lock_guard lock(mutex_);
  meddle_ = std::move(meddle);
}

void Neighbours::set_stock(const std::string& product, std::int64_t available) {
  const std::lock_guard lock(mutex_);
  stock_[product] = available;
}

std::int64_t Neighbours::stock(const std::string& product) {
  const std::lock_guard lock(mutex_);
  return stock_[product];
}

Neighbours::Payment Neighbours::payment(const std::string& order) {
  const std::lock_guard lock(mutex_);
  return payments_[order];
}

void Neighbours::disable(const std::string& user) {
  const std::lock_guard lock(mutex_);
  disabled_[user] = true;
}

PeerAnswer Neighbours::answer(const PeerRequest& request) {
  if (request.target == "/.well-known/jwks.json") return {200, jwks_};
  Meddle meddle;
  {
    const std::lock_guard lock(mutex_);
    meddle = meddle_;
  }
  const auto meddling = meddle ? meddle(request) : std::nullopt;
  if (meddling && !meddling->work_first) return meddling->answer;
  const std::lock_guard lock(mutex_);
  auto answer = work(request);
  return meddling ? meddling->answer : answer;
}

PeerAnswer Neighbours::work(const PeerRequest& request) {
  constexpr std::string_view kUsers = "/internal/v1/users";
  constexpr std::string_view kReservations = "/internal/v1/reservations";
  constexpr std::string_view kPayments = "/internal/v1/payments";
  const auto body = request.body.empty() ? Json::object() : mercato::json::parse(request.body);
  if (request.target.starts_with(kUsers)) {
    const auto [user, rest] = id_and_action(request.target, kUsers);
    return said(200, {{"id", user},
                      {"status", disabled_.count(user) > 0 ? "disabled" : "active"},
                      {"role", "customer"},
                      {"address", nullptr}});
  }
  if (request.target == "/internal/v1/offers") return offers(body);
  if (request.target == kReservations) return reserve(body);
  if (request.target.starts_with(kReservations)) {
    const auto [order, action] = id_and_action(request.target, kReservations);
    return settle_reservation(order, action, body);
  }
  if (request.target == kPayments) return authorize(body);
  if (request.target.starts_with(kPayments)) {
    const auto [order, action] = id_and_action(request.target, kPayments);
    return settle_payment(order, action, body);
  }
  return refused(404, "not_found");
}

PeerAnswer Neighbours::offers(const Json& body) {
  Json offers = Json::array();
  for (const auto& id : body.at("product_ids")) {
    const auto item = stock_.find(id.get<std::string>());
    if (item == stock_.end()) continue;
    offers.push_back({{"product_id", id},
                      {"sku", "MUG"},
                      {"name", "Mug"},
                      {"status", "active"},
                      {"price", {{"amount", kPriceMinor}, {"currency", "GBP"}}},
                      {"available", item->second}});
  }
  return said(200, {{"offers", offers}});
}

PeerAnswer Neighbours::reserve(const Json& body) {
  const auto order = body.at("order_id").get<std::string>();
  const auto known = reservations_.find(order);
  if (known != reservations_.end() && known->second.state == "released") {
    return refused(409, "illegal_transition");
  }
  Json lines = Json::array();
  Json short_lines = Json::array();
  Reservation reservation;
  for (const auto& line : body.at("lines")) {
    const auto product = line.at("product_id").get<std::string>();
    const auto quantity = line.at("quantity").get<std::int64_t>();
    const auto available = stock_[product];
    if (known == reservations_.end() && available < quantity) {
      short_lines.push_back({{"product_id", product},
                             {"sku", "MUG"},
                             {"requested", quantity},
                             {"available", available}});
    }
    reservation.lines[product] = quantity;
    lines.push_back({{"product_id", product},
                     {"sku", "MUG"},
                     {"name", "Müg \"blue\""},
                     {"quantity", quantity},
                     {"unit_price", {{"amount", kPriceMinor}, {"currency", "GBP"}}}});
  }
  if (!short_lines.empty()) return refused(409, "out_of_stock", {{"lines", short_lines}});
  if (known == reservations_.end()) {
    for (const auto& [product, quantity] : reservation.lines) stock_[product] -= quantity;
    reservations_[order] = reservation;
  }
  return said(201, {{"order_id", order}, {"lines", lines}});
}

PeerAnswer Neighbours::settle_reservation(const std::string& order, const std::string& action,
                                          const Json& body) {
  auto& reservation = reservations_[order];
  if (action == "commit") {
    if (reservation.state == "released") return refused(409, "illegal_transition");
    reservation.state = "sold";
  } else if (action == "release") {
    for (const auto& [product, quantity] : reservation.lines) stock_[product] += quantity;
    reservation = {{}, "released"};
  } else {
    for (const auto& line : body.at("lines")) {
      stock_[line.at("product_id").get<std::string>()] += line.at("quantity").get<std::int64_t>();
    }
  }
  return said(200, {{"order_id", order}});
}

PeerAnswer Neighbours::authorize(const Json& body) {
  auto& payment = payments_[body.at("order_id").get<std::string>()];
  if (payment.voided) return refused(409, "illegal_transition");
  if (body.at("payment_method") != "pm_card_visa") {
    return refused(402, "payment_declined", {{"decline_code", "card_declined"}});
  }
  if (payment.id.empty()) payment.id = mercato::Uuid::v7().str();
  payment.authorized = body.at("amount").at("amount").get<std::int64_t>();
  return said(201, {{"id", payment.id}, {"status", "authorized"}});
}

PeerAnswer Neighbours::settle_payment(const std::string& order, const std::string& action,
                                      const Json& body) {
  auto& payment = payments_[order];
  if (action == "capture") {
    if (payment.voided) return refused(409, "capture_failed");
    payment.captured = payment.authorized;
    return said(200, {{"status", "captured"}});
  }
  if (action == "void") {
    payment.voided = true;
    payment.refunded = payment.captured;
    return said(200, {{"status", payment.captured > 0 ? "refunded" : "voided"}});
  }
  const auto id = body.at("refund_id").get<std::string>();
  const auto amount = body.at("amount").at("amount").get<std::int64_t>();
  if (payment.refund_ids.count(id) == 0) {
    if (payment.refunded + amount > payment.captured) return refused(409, "over_refund");
    payment.refund_ids.insert(id);
    payment.refunded += amount;
  }
  return said(201, {{"id", id}, {"status", "succeeded"}});
}

Deployment::Deployment(std::map<std::string, std::string> settings)
    : keys({"user", "catalog", "order", "payment"}),
      neighbours(keys),
      database_url(mercato::test::PostgresServer::shared().create_database()),
      environment(keys.environment("order")) {
  environment["DATABASE_URL"] = database_url;
  environment["REDIS_URL"] = "";
  environment["JWKS_URL"] = neighbours.url() + "/.well-known/jwks.json";
  environment["USER_URL"] = environment["CATALOG_URL"] = environment["PAYMENT_URL"] =
      neighbours.url();
  environment["RATE_LIMIT_PER_SECOND"] = "0";
  for (auto& [name, value] : settings) environment[name] = value;
  const auto migrated = run({"migrate"});
  if (migrated.exit_code != 0) throw std::runtime_error(migrated.output);
  service.emplace(SERVICE_BINARY, environment);
}

Deployment::Caller Deployment::customer() const {
  const auto id = mercato::Uuid::v7();
  return {id.str(), keys.bearer(id)};
}

Deployment::Caller Deployment::admin() const {
  const auto id = mercato::Uuid::v7();
  return {id.str(), keys.bearer(id, "admin")};
}

HttpAnswer Deployment::get(const Caller& caller, const std::string& path,
                           const mercato::test::HeaderList& more) const {
  mercato::test::HeaderList headers{{"Authorization", caller.bearer}};
  headers.insert(headers.end(), more.begin(), more.end());
  return service->call({.target = path, .headers = headers});
}

HttpAnswer Deployment::send(const Caller& caller, const std::string& method,
                            const std::string& path, const std::string& body) const {
  return service->call({.method = method,
                        .target = path,
                        .headers = {{"Authorization", caller.bearer}},
                        .body = body});
}

HttpAnswer Deployment::post(const Caller& caller, const std::string& path, const std::string& body,
                            const mercato::test::HeaderList& more) const {
  mercato::test::HeaderList headers{{"Authorization", caller.bearer}};
  headers.insert(headers.end(), more.begin(), more.end());
  return service->call({.method = "POST", .target = path, .headers = headers, .body = body});
}

HttpAnswer Deployment::place(const Caller& caller, const std::string& key, const std::string& body,
                             const std::string& prefer) const {
  return post(caller, "/api/v1/orders", body, {{"Idempotency-Key", key}, {"Prefer", prefer}});
}

std::string Deployment::status_of(const Caller& caller, const std::string& order) const {
  const auto answer = get(caller, "/api/v1/orders/" + order);
  return answer.status == 200 ? parse(answer).at("status").get<std::string>() : "";
}

std::string Deployment::sql(const std::string& statement) const {
  return mercato::test::PostgresServer::sql(database_url, statement);
}

mercato::test::ServiceProcess::Finished Deployment::run(
    const std::vector<std::string>& arguments) const {
  return mercato::test::ServiceProcess::run(SERVICE_BINARY, arguments, environment);
}

Deployment& deployment() {
  static Deployment shared;
  return shared;
}

std::string order_body(const std::string& product, std::int64_t quantity,
                       const std::string& payment_method) {
  return R"({"lines":[{"product_id":")" + product + R"(","quantity":)" + std::to_string(quantity) +
         R"(}],"payment_method":")" + payment_method +
         R"(","shipping_address":{"name":"Ada Lovelace","line1":"1 High Street","city":"London",)"
         R"("postal_code":"N1 1AA","country":"GB"}})";
}

std::string new_product() {
  return mercato::Uuid::v7().str();
}

Json parse(const HttpAnswer& answer) {
  if (answer.body.empty())
    throw std::runtime_error("no body, status " + std::to_string(answer.status));
  return mercato::json::parse(answer.body, mercato::json::kNeighbourLimits);
}

}  // namespace order::test
