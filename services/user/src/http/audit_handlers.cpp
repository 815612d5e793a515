#include "http/audit_handlers.hpp"

#include <mercato/http/pages.hpp>
#include <mercato/http/query.hpp>
#include <mercato/json/json.hpp>

#include "http/audit_json.hpp"

namespace user::api {

namespace http = mercato::http;

http::Answer AuditHandlers::list_audit_entries(const http::Request& request) {
  http::QueryReader query(request);
  const auto filter = read_audit_filter(query);
  const http::PageRequest<AuditEntryId> page(request, query, {"actor_id", "user_id"});
  return page.render(audit_log_.list(filter, page.before(), page.rows()),
                     [](const AuditEntry& entry) { return to_json(entry); });
}

}  // namespace user::api
