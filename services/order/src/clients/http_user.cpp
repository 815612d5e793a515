#include "clients/http_user.hpp"

#include <utility>

#include "clients/neighbour_call.hpp"

namespace order::clients {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

constexpr std::chrono::seconds kActiveFor{25};
constexpr std::size_t kRemembered = 10'000;

std::optional<std::string> optional_member(const json::Value& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->get<std::string>();
}

Address read_address(const json::Value& object) {
  Address address;
  address.name = object.at("name").get<std::string>();
  address.line1 = object.at("line1").get<std::string>();
  address.line2 = optional_member(object, "line2");
  address.city = object.at("city").get<std::string>();
  address.region = optional_member(object, "region");
  address.postal_code = object.at("postal_code").get<std::string>();
  address.country = object.at("country").get<std::string>();
  address.phone = optional_member(object, "phone");
  return address;
}

}  // namespace

HttpUser::HttpUser(http::ClientOptions options, const mercato::Clock& clock)
    : client_(std::move(options)), clock_(clock), active_until_(kRemembered) {
  count_unexpected("user", {"check"});
}

UserDirectory::Answer HttpUser::check(UserId user, std::optional<AddressId> address,
                                      mercato::Deadline deadline) {
  if (!address && known_active(user)) return ActiveBuyer{};
  const auto asked_at = clock_.steady_now();
  auto path = "/internal/v1/users/" + user.str();
  if (address) path += "?address_id=" + address->str();
  auto reply = ask("check_buyer", client_, http::Method::get, std::move(path), {}, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status == 404 && said.code == "not_found") {
    forget(user);
    return UserDisabled{};
  }
  if (said.status != 200) return unexpected("user", "check", said);
  try {
    if (said.body.at("status") != "active") {
      forget(user);
      return UserDisabled{};
    }
    remember_active(user, asked_at);
    if (!address) return ActiveBuyer{};
    const auto found = said.body.find("address");
    if (found == said.body.end() || found->is_null()) return AddressNotFound{};
    return ActiveBuyer{read_address(*found)};
  } catch (const json::Value::exception&) {
    return unexpected("user", "check", said);
  }
}

bool HttpUser::known_active(UserId user) {
  const std::lock_guard lock(mutex_);
  const auto* until = active_until_.find(user.str());
  return until != nullptr && clock_.steady_now() < *until;
}

void HttpUser::remember_active(UserId user, Time asked_at) {
  const std::lock_guard lock(mutex_);
  active_until_.insert(user.str(), asked_at + kActiveFor);
}

void HttpUser::forget(UserId user) {
  const std::lock_guard lock(mutex_);
  active_until_.erase(user.str());
}

}  // namespace order::clients
