#include "http/audit_json.hpp"

#include <utility>

#include <mercato/json/or_null.hpp>

namespace user::api {

using Json = mercato::json::Value;

AuditFilter read_audit_filter(mercato::http::QueryReader& query) {
  AuditFilter filter;
  if (const auto actor = query.uuid("actor_id")) filter.actor = UserId(*actor);
  if (const auto user = query.uuid("user_id")) filter.user = UserId(*user);
  return filter;
}

Json to_json(const AuditEntry& entry) {
  Json changes = Json::object();
  for (const auto& change : entry.changes) {
    changes[change.field] = {{"from", change.from}, {"to", change.to}};
  }
  Json json = Json::object();
  json["id"] = entry.id.str();
  json["actor_id"] = mercato::json::or_null(entry.actor, &UserId::str);
  json["action"] = entry.action;
  json["user_id"] = entry.user.str();
  json["changes"] = std::move(changes);
  json["at"] = mercato::to_rfc3339(entry.at);
  json["trace_id"] = entry.trace_id;
  return json;
}

}  // namespace user::api
