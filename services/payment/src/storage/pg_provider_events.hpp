#pragma once

#include <cstddef>
#include <string>

#include <mercato/db/pool.hpp>

namespace payment::storage {

namespace db = mercato::db;

struct ProviderEvent {
  std::string id;
  std::string type;
  std::string intent;   // empty: about something else
  std::string dispute;  // empty: about none
  std::string body;
};

/// The provider's webhooks. From any thread.
class PgProviderEvents {
 public:
  explicit PgProviderEvents(db::Pool& pool) : pool_(pool) {}

  /// Keeps the event and makes what its payment owes due now, as is a look at its dispute. Whether
  /// anything became due; an event that is known already changes nothing.
  [[nodiscard]] bool take(const ProviderEvent& event);
  /// Forgets at most `batch` events that the provider does not send again; how many.
  std::size_t prune(std::size_t batch);

 private:
  db::Pool& pool_;
};

}  // namespace payment::storage
