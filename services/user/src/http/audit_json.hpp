#pragma once

#include <mercato/http/query.hpp>
#include <nlohmann/json_fwd.hpp>

#include "domain/audit_log.hpp"

namespace user::api {

[[nodiscard]] AuditFilter read_audit_filter(mercato::http::QueryReader& query);
[[nodiscard]] nlohmann::ordered_json to_json(const AuditEntry& entry);

}  // namespace user::api
