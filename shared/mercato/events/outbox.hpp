#pragma once

#include <memory>
#include <string>

#include "mercato/db/pool.hpp"
#include "mercato/redis/client.hpp"

namespace mercato::events {

/// The outbox: a row is written in the very transaction that makes the event true, so that neither
/// can exist without the other (Hellerstein; Richardson, "Transactional outbox"). Table:
///
///   CREATE TABLE outbox (
///     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
///     event_id uuid NOT NULL, type text NOT NULL, aggregate_id text NOT NULL,
///     version bigint NOT NULL, data jsonb NOT NULL, trace_id text NOT NULL DEFAULT '',
///     occurred_at timestamptz NOT NULL DEFAULT now(),
///     published_seq bigint UNIQUE, published_at timestamptz);
///   CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_seq IS NULL;
///   CREATE SEQUENCE is not used: published_seq is given by the one active relay, without gaps.
///
/// Writers INSERT by themselves (often as part of a bigger statement) and may NOTIFY outbox.
///
/// The relay gives each unpublished row the next `published_seq` (only the holder of the advisory
/// lock does so) and XADDs it, as CloudEvents 1.0 JSON, to the stream "events.<source>"; it is
/// woken by NOTIFY and polls besides. With Redis gone rows still get their sequence: consumers
/// fetch them over HTTP.
class OutboxRelay {
 public:
  OutboxRelay(std::string source, std::string database_url, db::Pool& pool, redis::Client& redis);
  ~OutboxRelay();
  OutboxRelay(const OutboxRelay&) = delete;
  OutboxRelay& operator=(const OutboxRelay&) = delete;

  void start();
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::events
