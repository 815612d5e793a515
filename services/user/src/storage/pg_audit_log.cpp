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

std::vector<AuditEntry> read_entries(const db::Result& rows) {
  std::vector<AuditEntry> entries;
  for (const auto& row : rows) entries.push_back(read_entry(row));
  return entries;
}

}  // namespace

// Planned for whom it is asked about: the log is read backwards for who did most of it, and by an
// index for anybody else.
constexpr db::Statement kListAuditEntries{"list_audit_entries", R"(
  SELECT id, actor_id, action, user_id, changes, at, trace_id
    FROM audit_log
   WHERE id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
     AND ($2::uuid IS NULL OR actor_id = $2)
     AND ($3::uuid IS NULL OR user_id = $3)
   ORDER BY id DESC LIMIT $4)",
                                          true};

std::vector<AuditEntry> PgAuditLog::list(const AuditFilter& filter,
                                         std::optional<AuditEntryId> before, std::size_t limit) {
  return read_entries(
      pool_.execute(kListAuditEntries, before, filter.actor, filter.user, limit));
}

// The two halves are read in their order, each by the index that is best for just this person, and
// only as far as the page goes. What somebody did to themselves is in the first.
constexpr db::Statement kListEntriesInvolving{"list_audit_entries_involving", R"(
  (SELECT id, actor_id, action, user_id, changes, at, trace_id
     FROM audit_log
    WHERE id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND actor_id = $2
    ORDER BY id DESC LIMIT $3)
  UNION ALL
  (SELECT id, actor_id, action, user_id, changes, at, trace_id
     FROM audit_log
    WHERE id < coalesce($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') AND user_id = $2
      AND actor_id IS DISTINCT FROM $2
    ORDER BY id DESC LIMIT $3)
   ORDER BY id DESC LIMIT $3)",
                                              true};

std::vector<AuditEntry> PgAuditLog::list_involving(UserId who, std::optional<AuditEntryId> before,
                                                   std::size_t limit) {
  return read_entries(pool_.execute(kListEntriesInvolving, before, who, limit));
}

}  // namespace user::storage
