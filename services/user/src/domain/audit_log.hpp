#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "domain/user.hpp"

namespace user {

struct AuditEntry {
  struct Change {
    std::string field;
    std::string from;
    std::string to;
  };
  AuditEntryId id;
  std::optional<UserId> actor;  // nothing: an operator, by command
  std::string action;
  UserId user;
  std::vector<Change> changes;
  mercato::Timestamp at{};
  std::string trace_id;
};

struct AuditFilter {
  std::optional<UserId> actor = std::nullopt;
  std::optional<UserId> user = std::nullopt;
};

/// What admins changed; written where the change is made. From any thread.
class AuditLog {
 public:
  virtual ~AuditLog() = default;
  /// Newest first.
  [[nodiscard]] virtual std::vector<AuditEntry> list(const AuditFilter& filter,
                                                     std::optional<AuditEntryId> before,
                                                     std::size_t limit) = 0;
  /// What somebody changed, and what was changed about them; newest first.
  [[nodiscard]] virtual std::vector<AuditEntry> list_involving(UserId who,
                                                               std::optional<AuditEntryId> before,
                                                               std::size_t limit) = 0;
};

}  // namespace user
