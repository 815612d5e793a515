#include "storage/pg_audit_log.hpp"

#include <mercato/json/json.hpp>

namespace user::storage {
namespace {

namespace db = mercato::db;
namespace json = mercato::json;

std::vector<AuditEntry::Change> read_changes(const std::string& text) {
  const auto object = json::parse(text);
  std::vector<AuditEntry::Change> changes;
  for (const auto& [field, change] : object.items()) {
    changes.push_back(
        {field, change.at("from").get<std::string>(), change.at("to").get<std::string>()});
  }
  return changes;
}

AuditEntry read_entry(const db::Row& row) {
  AuditEntry entry;
  entry.id = db::id<AuditEntryId>(row, "id");
  if (const auto actor = db::optional_uuid(row, "actor_id")) entry.actor = UserId(*actor);
  entry.action = db::text(row, "action");
  entry.user = db::id<UserId>(row, "user_id");
  entry.changes = read_changes(db::text(row, "changes"));
  entry.at = db::timestamp(row, "at");
  entry.trace_id = db::text(row, "trace_id");
  return entry;
}

}  // namespace

constexpr db::Statement kListAuditEntries{"list_audit_entries", R"(
  SELECT id, actor_id, action, user_id, changes, at, trace_id
    FROM audit_log
   WHERE id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     AND ($2::uuid IS NULL OR actor_id = $2)
     AND ($3::uuid IS NULL OR user_id = $3)
     AND ($4::uuid IS NULL OR $4 IN (actor_id, user_id))
   ORDER BY id DESC LIMIT $5)"};

std::vector<AuditEntry> PgAuditLog::list(const AuditFilter& filter,
                                         std::optional<AuditEntryId> before, std::size_t limit) {
  std::vector<AuditEntry> entries;
  for (const auto& row : pool_.execute(kListAuditEntries, before, filter.actor, filter.user,
                                       filter.involved, limit)) {
    entries.push_back(read_entry(row));
  }
  return entries;
}

}  // namespace user::storage
