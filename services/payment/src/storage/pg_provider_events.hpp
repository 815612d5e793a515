#pragma once

#include <string>

#include <mercato/db/pool.hpp>

namespace payment::storage {

namespace db = mercato::db;

struct ProviderEvent {
  std::string id;
  std::string type;
  std::string intent;  // empty: about something else
  std::string body;
};

/// The provider's webhooks. From any thread.
class PgProviderEvents {
 public:
  explicit PgProviderEvents(db::Pool& pool) : pool_(pool) {}

  /// Keeps the event and makes what its payment owes due now. Whether anything became due; an event
  /// that is known already changes nothing.
  [[nodiscard]] bool take(const ProviderEvent& event);
  /// Forgets events that the provider does not send again, a batch at a time; how many.
  std::size_t prune();

 private:
  db::Pool& pool_;
};

}  // namespace payment::storage
