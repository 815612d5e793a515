#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "mercato/db/pool.hpp"
#include "mercato/events/cloud_event.hpp"

namespace mercato::events {

/// Makes the effects of events, all of one source and in order, within the transaction. May be
/// called again with the same events if the transaction is rolled back, so it has no other effects
/// than such as do no harm when they are had early, and again.
/// Whatever it throws (but a database that is away) makes an event of them a dead letter.
using Apply = std::function<void(db::Transaction&, const std::vector<Event>&)>;

/// The consumer's memory of one producer, in the consumer's own database. Tables:
///
///   CREATE TABLE event_cursor (
///     source text PRIMARY KEY, sequence bigint NOT NULL,
///     moved_at timestamptz NOT NULL DEFAULT now());
///   CREATE TABLE inbox (
///     source text NOT NULL, aggregate_id text NOT NULL, version bigint NOT NULL,
///     touched_on date NOT NULL DEFAULT current_date, PRIMARY KEY (source, aggregate_id));
///   CREATE INDEX inbox_by_age ON inbox (touched_on);
///   CREATE TABLE dead_letter (
///     event_id uuid PRIMARY KEY, source text NOT NULL, sequence bigint NOT NULL,
///     type text NOT NULL, aggregate_id text NOT NULL, version bigint NOT NULL,
///     event text NOT NULL, error text NOT NULL, attempts int NOT NULL,
///     redrive boolean NOT NULL DEFAULT false, failed_at timestamptz NOT NULL DEFAULT now());
///   CREATE INDEX dead_letter_of_aggregate ON dead_letter (source, aggregate_id, sequence);
///
/// The effects of events, the version of each aggregate and the cursor move in one transaction that
/// holds the cursor's row: however often an event is delivered, by whom and in what order, it takes
/// effect once and in the producer's order, whichever of several replicas is the quicker. From one
/// thread each.
class Inbox {
 public:
  /// Events of other types than `types` are counted and have no effect.
  Inbox(std::string source, std::vector<std::string> types, Apply apply, db::Pool& pool);

  /// The sequence of the last event that was dealt with; 0 for a new consumer.
  [[nodiscard]] std::int64_t position();

  struct Taken {
    std::size_t applied = 0;  // events dealt with, dead letters included
    bool busy = false;        // another replica is at it: no more was done
    bool gap = false;         // what follows the last one dealt with was not among the events
  };
  /// Deals with those of `events` that are next, in ascending sequence, in a transaction for each
  /// MiB of them. Throws Error 503 if the database is away: the last of them were not dealt with.
  Taken take(const std::vector<Event>& events);

  /// Goes on after `to` instead of `from`, if that is where we are: the producer does not have the
  /// events in between any more, or was itself set back. Forgets what is known of aggregates first,
  /// some in each call, and is false until that is done: to be called again, by whomever.
  [[nodiscard]] bool jump(std::int64_t from, std::int64_t to);

  /// Applies dead letters that were released for another try. True if there were any.
  bool redrive();
  /// Forgets a batch of aggregates that were quiet for longer than any producer keeps its events.
  void prune();
  [[nodiscard]] std::int64_t count_dead_letters();

 private:
  struct Known;
  Taken take_portion(std::span<const Event> events);
  Taken take_next(db::Transaction& transaction, std::span<const Event> events);
  [[nodiscard]] Known find_known(db::Transaction& transaction, std::span<const Event> events);
  void take_alone(const Event& event);
  void bury(db::Transaction& transaction, const Event& event, const std::string& error,
            int attempts);
  void record(db::Transaction& transaction, const Known& known, std::int64_t sequence);
  void apply(db::Transaction& transaction, const std::vector<Event>& events);
  bool redrive_first(const std::string& aggregate);

  std::string source_;
  std::vector<std::string> types_;
  Apply apply_;
  db::Pool& pool_;
  std::string forgotten_up_to_;  // of the aggregates, in the middle of a jump
};

}  // namespace mercato::events
