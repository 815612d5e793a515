#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "mercato/http/inbound/connection.hpp"
#include "mercato/http/message.hpp"

namespace mercato::http::inbound {

struct Engine;

/// The connections whose answer comes later (Deferred) or goes on (Stream). All of it belongs to
/// the keeper's thread, which owns these connections; completers and writers reach it by the
/// mailbox.
class LateAnswers {
 public:
  explicit LateAnswers(Engine& engine) : engine_(engine) {}

  void add(Connection& connection, const Deferred& deferred);
  void add(Connection& connection, const StreamWriter& writer, bool heartbeat);
  /// Something happened on the connection's socket.
  void on_event(ConnectionId id);

  /// Sends time-outs and heartbeats that are due.
  void run_timers(Steady::time_point now);
  [[nodiscard]] std::optional<Steady::time_point> next_timer() const;

  /// Ends all streams, and gives deferred answers until `until` at most.
  void drain(Steady::time_point until);
  /// The server stops: nobody is answered any more.
  void abandon_all();

 private:
  struct Entry {
    Connection* connection;
    std::optional<Deferred> deferred;  // or else a stream
    std::optional<StreamWriter> writer;
    bool heartbeat = false;
    Steady::time_point timer;
  };

  void insert(Entry entry);
  Entry take_out(ConnectionId id);
  void set_timer(Entry& entry, Steady::time_point at);
  void completed(ConnectionId id, Response response);
  void time_out(ConnectionId id);
  void client_left(ConnectionId id);
  void stream_changed(ConnectionId id);
  void beat(Entry& entry);
  void pump(Entry& entry);
  void end_stream(ConnectionId id, bool cut);

  Engine& engine_;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::set<std::pair<Steady::time_point, std::uint64_t>> timers_;
};

}  // namespace mercato::http::inbound
