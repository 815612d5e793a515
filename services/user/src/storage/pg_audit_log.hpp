#pragma once

#include <mercato/db/pool.hpp>

#include "domain/audit_log.hpp"

namespace user::storage {

/// The audit log in PostgreSQL. From any thread; does not own the pool.
class PgAuditLog : public AuditLog {
 public:
  explicit PgAuditLog(mercato::db::Pool& pool) : pool_(pool) {}

  [[nodiscard]] std::vector<AuditEntry> list(const AuditFilter& filter,
                                             std::optional<AuditEntryId> before,
                                             std::size_t limit) override;
  [[nodiscard]] std::vector<AuditEntry> list_involving(UserId who,
                                                       std::optional<AuditEntryId> before,
                                                       std::size_t limit) override;

 private:
  mercato::db::Pool& pool_;
};

}  // namespace user::storage
