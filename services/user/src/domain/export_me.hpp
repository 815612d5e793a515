#pragma once

#include <vector>

#include "domain/address_repository.hpp"
#include "domain/audit_log.hpp"
#include "domain/held_elsewhere.hpp"
#include "domain/session_repository.hpp"
#include "domain/user_repository.hpp"

namespace user {

/// GET /users/me/export: everything that is held about somebody, by all services.
class ExportMe {
 public:
  struct Parts {
    UserRepository& users;
    AddressRepository& addresses;
    SessionRepository& sessions;
    AuditLog& audit_log;
    HeldElsewhere& elsewhere;
  };
  explicit ExportMe(const Parts& parts) : parts_(parts) {}

  struct Everything {
    User user;
    std::vector<Address> addresses;
    std::vector<Session> sessions;  // also those that are over but kept yet
    std::vector<AuditEntry> audit_entries;  // of what admins changed about them, and they as one
    Holdings elsewhere;
  };
  /// Error 401 if the account is gone, 503 if a service is away or the deadline passes. Slow: asks
  /// other services, again and again for somebody with many orders.
  [[nodiscard]] Everything export_me(UserId me, mercato::Deadline deadline);

 private:
  Parts parts_;
};

}  // namespace user
