#pragma once

#include <mercato/events/outbox_feed.hpp>
#include <mercato/http/router.hpp>

#include "http/address_handlers.hpp"
#include "http/audit_handlers.hpp"
#include "http/export_handlers.hpp"
#include "http/key_handlers.hpp"
#include "http/recovery_handlers.hpp"
#include "http/session_handlers.hpp"
#include "http/user_handlers.hpp"

namespace user::api {

struct Handlers {
  UserHandlers& users;
  SessionHandlers& sessions;
  RecoveryHandlers& recovery;
  AddressHandlers& addresses;
  AuditHandlers& audit;
  KeyHandlers& keys;
  ExportHandlers& exports;
  mercato::events::OutboxFeed& feed;
};

/// Every route of the service. The handlers must outlive the router.
[[nodiscard]] mercato::http::Router routes(const Handlers& handlers);

}  // namespace user::api
