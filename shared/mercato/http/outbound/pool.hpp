#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/http/outbound/address_book.hpp"
#include "mercato/http/outbound/target.hpp"

namespace mercato::http::outbound {

struct PoolOptions {
  std::vector<std::string> base_urls;
  std::size_t max_connections = 32;
  std::chrono::milliseconds connect_timeout{500};
  std::string authorities_file;  // for https, see ClientOptions
};

/// A connection lent for one exchange.
struct Lease {
  std::shared_ptr<Target> target;
  std::unique_ptr<Connection> connection;
  bool reused = false;  // it was used before, and may have gone stale unnoticed
};

/// Why there is no connection.
struct NoConnection {
  std::string reason;
  bool neighbour_failed = false;  // it refused or was silent; else we lend too many already
};

/// The keep-alive connections to one neighbour: at most `max_connections` lent at a time, the last
/// used one lent first, over its addresses in turn. An address that fails is passed over for a
/// while, as long as another is left. From any thread.
class Pool {
 public:
  /// Throws std::invalid_argument for bad URLs or a bad file.
  explicit Pool(PoolOptions options);

  enum class Kind { any, fresh };  // fresh: opened now
  [[nodiscard]] std::variant<Lease, NoConnection> borrow(Kind kind, Deadline deadline);
  /// To be called once for each lease. `healthy`: the neighbour behaved.
  void give_back(Lease lease, bool healthy);

 private:
  using SteadyTime = Target::SteadyTime;

  bool wait_for_turn(Deadline deadline);
  void end_turn();
  [[nodiscard]] Targets most_trusted_first(const Targets& targets);
  [[nodiscard]] std::unique_ptr<Connection> take_idle(Target& target);
  void record(Target& target, bool healthy, std::size_t failures_to_eject);

  PoolOptions options_;
  AddressBook addresses_;
  std::optional<crypto::TlsContext> tls_;  // if any base URL is https
  std::mutex mutex_;
  std::condition_variable turn_ended_;
  std::size_t lent_ = 0;
  std::size_t next_ = 0;
};

}  // namespace mercato::http::outbound
