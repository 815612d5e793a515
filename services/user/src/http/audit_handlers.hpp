#pragma once

#include <mercato/http/router.hpp>

#include "domain/audit_log.hpp"

namespace user::api {

/// The audit log over HTTP. From any thread; does not own the log.
class AuditHandlers {
 public:
  explicit AuditHandlers(AuditLog& audit_log) : audit_log_(audit_log) {}

  mercato::http::Answer list_audit_entries(const mercato::http::Request& request);

 private:
  AuditLog& audit_log_;
};

}  // namespace user::api
