#include "http/export_json.hpp"

#include <utility>

#include <mercato/json/json.hpp>
#include <mercato/json/or_null.hpp>

#include "http/address_json.hpp"
#include "http/audit_json.hpp"
#include "http/session_json.hpp"
#include "http/user_json.hpp"

namespace user::api {

namespace json = mercato::json;

std::string to_json_text(const ExportMe::Everything& everything, SessionId current) {
  auto own = json::Value::object();
  own["user"] = to_json(everything.user);
  auto& addresses = own["addresses"] = json::Value::array();
  for (const auto& address : everything.addresses) addresses.push_back(to_json(address));
  auto& sessions = own["sessions"] = json::Value::array();
  for (const auto& session : everything.sessions) {
    auto& held = sessions.emplace_back(to_json(session, session.id == current));
    held["ended_at"] = json::or_null(session.ended_at, mercato::to_rfc3339);
  }
  auto& entries = own["audit_entries"] = json::Value::array();
  for (const auto& entry : everything.audit_entries) entries.push_back(to_json(entry));

  auto text = json::dump(own);
  text.pop_back();  // the closing brace: the other services' parts come before it
  const auto& elsewhere = everything.elsewhere;
  text.append(",\"cart\":").append(elsewhere.cart);
  text.append(",\"orders\":").append(elsewhere.orders);
  text.append(",\"payments\":").append(elsewhere.payments);
  return text.append("}");
}

}  // namespace user::api
