#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "mercato/db/pool.hpp"
#include "mercato/events/inbox.hpp"
#include "mercato/http/client.hpp"
#include "mercato/redis/client.hpp"
#include "mercato/settings/settings.hpp"

namespace mercato::events {

struct ConsumerOptions {
  std::string source;              // the producer's name: its stream is "events.<source>"
  std::vector<std::string> types;  // the events that have an effect here
  /// How often the producer is asked for what the stream did not bring.
  std::chrono::milliseconds compare_interval{5'000};
};

/// Applies the events of one producer, each once and in the producer's order, with an Inbox.
///
/// The stream is read plainly, without a consumer group: what was applied is known to the cursor in
/// our own database, which moves in the transaction of the effect. A group's pending list would be
/// a second truth beside it, and one that Redis may lose. So there is nothing to acknowledge: an
/// entry that was read and not applied is simply read again.
///
/// Every `compare_interval`, at start, and when a number is missing, the producer's
/// /internal/v1/events is asked for what follows the cursor; every second while Redis is away. So
/// events arrive with Redis emptied, restarted or absent, and with the producer absent as long as
/// Redis has them. A new consumer begins with the oldest event that the producer still has. Any
/// number of replicas may run: one at a time holds the cursor, the others stand by.
///
/// Owns one thread, between start() and stop(), from which `apply` is called.
class Consumer {
 public:
  Consumer(ConsumerOptions options, Apply apply, db::Pool& pool, redis::Client& redis,
           http::ClientOptions producer);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  void start();
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// EVENT_COMPARE_MS, for every service that consumes events.
[[nodiscard]] std::vector<settings::Setting> consumer_settings();

}  // namespace mercato::events
