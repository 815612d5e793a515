#include "mercato/http/inbound/late_answers.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "mercato/http/inbound/conversation.hpp"
#include "mercato/http/inbound/response_writer.hpp"
#include "mercato/http/inbound/server_internals.hpp"
#include "mercato/http/inbound/wire.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/log/log.hpp"

namespace mercato::http::inbound {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::string_view kHeartbeatComment = ": keep-alive\n\n";
// The kernel would otherwise grow it to megabytes for a reader that does not read.
constexpr int kStreamSendBufferBytes = 32 * 1024;
// A client that vanished without a word, and so without an ack, is given up after this.
constexpr int kStreamAckTimeoutMs = 30'000;

}  // namespace

void LateAnswers::insert(Entry entry) {
  const auto key = entry.connection->id().packed();
  const auto at = entry.timer;
  if (at != Steady::time_point::max()) timers_.emplace(at, key);
  entries_.emplace(key, std::move(entry));
}

LateAnswers::Entry LateAnswers::take_out(ConnectionId id) {
  const auto key = id.packed();
  Entry entry = std::move(entries_.at(key));
  timers_.erase({entry.timer, key});
  entries_.erase(key);
  engine_.late_count.fetch_sub(1);
  if (entry.writer) engine_.stream_count.fetch_sub(1);
  entry.connection->take_back();
  return entry;
}

void LateAnswers::set_timer(Entry& entry, Steady::time_point at) {
  const auto key = entry.connection->id().packed();
  timers_.erase({entry.timer, key});
  entry.timer = at;
  timers_.emplace(at, key);
}

void LateAnswers::add(Connection& connection, const Deferred& deferred) {
  const ConnectionId id = connection.id();
  const auto& completer = ServerInternals::completer(deferred);
  // The completer may outlive the server: it holds the mailbox only, and that weakly.
  auto early = ServerInternals::attach(
      completer, [this, id, mailbox = std::weak_ptr(engine_.mailbox)](Response response) {
        if (const auto open = mailbox.lock()) {
          open->post([this, id, response = std::move(response)] { completed(id, response); });
        }
      });
  insert({&connection, deferred, std::nullopt, false,
          Steady::now() + ServerInternals::timeout(deferred)});
  if (early) return completed(id, std::move(*early));
  if (!connection.hold_late()) on_event(id);
}

void LateAnswers::add(Connection& connection, const StreamWriter& writer, bool heartbeat) {
  const ConnectionId id = connection.id();
  // It ends with what it has, and its reader asks again, elsewhere: an EventSource does so after an
  // end, and never after a refusal (HTML standard, section 9.2.3).
  if (engine_.draining.load()) writer.close();
  ::setsockopt(connection.fd, SOL_SOCKET, SO_SNDBUF, &kStreamSendBufferBytes,
               sizeof kStreamSendBufferBytes);
  ::setsockopt(connection.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kStreamAckTimeoutMs,
               sizeof kStreamAckTimeoutMs);
  ServerInternals::attach(writer, [this, id, mailbox = std::weak_ptr(engine_.mailbox)] {
    if (const auto open = mailbox.lock()) open->post([this, id] { stream_changed(id); });
  });
  insert({&connection, std::nullopt, writer, heartbeat,
          heartbeat ? Steady::now() + kHeartbeat : Steady::time_point::max()});
  if (!connection.hold_late()) connection.look_at_events();
  stream_changed(id);
}

void LateAnswers::on_event(ConnectionId id) {
  const auto found = entries_.find(id.packed());
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.connection->look_at_events();
  if (entry.writer) return entry.connection->peer_ended ? end_stream(id, true) : pump(entry);
  if (entry.connection->peer_ended) {
    ServerInternals::abandon(ServerInternals::completer(*entry.deferred));
    // A client that only closed its own direction still reads the answer.
    if (entry.connection->peer_gone) client_left(id);
  }
}

void LateAnswers::client_left(ConnectionId id) {
  const Entry entry = take_out(id);
  engine_.pipeline.abandoned(*entry.connection->work->exchange);
  Conversation(engine_, *entry.connection, Conversation::Role::keeper).close();
}

void LateAnswers::completed(ConnectionId id, Response response) {
  if (!entries_.contains(id.packed())) return;
  const Entry entry = take_out(id);
  Conversation(engine_, *entry.connection, Conversation::Role::keeper).answer(std::move(response));
}

void LateAnswers::time_out(ConnectionId id) {
  Entry entry = take_out(id);
  if (!ServerInternals::claim(ServerInternals::completer(*entry.deferred))) {
    // Completed this very moment: its answer is in the mailbox, and better than ours.
    entry.timer = Steady::time_point::max();
    engine_.late_count.fetch_add(1);
    Connection& connection = *entry.connection;
    insert(std::move(entry));
    if (!connection.hold_late()) connection.look_at_events();
    return;
  }
  Response response;
  try {
    response = ServerInternals::on_timeout(*entry.deferred)();
  } catch (const std::exception& error) {
    log::error("on_timeout failed", {{"error", error.what()}});
    response = problem(unavailable(), entry.connection->work->exchange->request);
  }
  Conversation(engine_, *entry.connection, Conversation::Role::keeper).answer(std::move(response));
}

void LateAnswers::stream_changed(ConnectionId id) {
  const auto found = entries_.find(id.packed());
  if (found == entries_.end()) return;
  if (!ServerInternals::hear(*found->second.writer)) return end_stream(id, true);
  pump(found->second);
}

/// Sends what the writer has, as far as the client takes it. May end the stream, and the entry.
void LateAnswers::pump(Entry& entry) {
  Connection& connection = *entry.connection;
  const ConnectionId id = connection.id();
  const bool chunked = !connection.work->exchange->framing.http_1_0;
  while (true) {
    const auto sent = wire::send_output(connection);
    if (sent == wire::Sent::failed) return end_stream(id, true);
    if (sent == wire::Sent::some) {
      ServerInternals::set_in_flight(*entry.writer,
                                     connection.work->output.size() - connection.work->sent);
      return engine_.arm_for_write(connection);
    }
    const auto taken = ServerInternals::take(*entry.writer);
    auto& output = connection.work->output;
    if (chunked) {
      append_chunk(output, taken.bytes);
    } else {
      output.append(taken.bytes);
    }
    if (taken.closed) return end_stream(id, false);
    if (output.empty()) return;
  }
}

void LateAnswers::end_stream(ConnectionId id, bool cut) {
  const Entry entry = take_out(id);
  ServerInternals::end(*entry.writer);
  Conversation conversation(engine_, *entry.connection, Conversation::Role::keeper);
  if (cut) return conversation.close();
  if (!entry.connection->work->exchange->framing.http_1_0) {
    entry.connection->work->output.append(kLastChunk);
  }
  conversation.finish_stream();
}

void LateAnswers::beat(Entry& entry) {
  set_timer(entry, Steady::now() + kHeartbeat);
  auto& output = entry.connection->work->output;
  if (output.empty()) {  // else the client has enough to read as it is
    if (entry.connection->work->exchange->framing.http_1_0) {
      output.append(kHeartbeatComment);
    } else {
      append_chunk(output, kHeartbeatComment);
    }
  }
  pump(entry);
}

void LateAnswers::run_timers(Steady::time_point now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const ConnectionId id = ConnectionId::unpack(timers_.begin()->second);
    Entry& entry = entries_.at(id.packed());
    if (entry.writer) {
      beat(entry);
    } else {
      time_out(id);
    }
  }
}

std::optional<Steady::time_point> LateAnswers::next_timer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

void LateAnswers::drain(Steady::time_point until) {
  std::vector<ConnectionId> streams;
  for (auto& [key, entry] : entries_) {
    if (entry.writer) {
      entry.writer->close();
      streams.push_back(ConnectionId::unpack(key));
    } else if (entry.timer > until && entry.timer != Steady::time_point::max()) {
      set_timer(entry, until);
    }
  }
  for (const auto id : streams) stream_changed(id);
}

void LateAnswers::abandon_all() {
  for (auto& [key, entry] : entries_) {
    if (entry.writer) {
      ServerInternals::end(*entry.writer);
    } else {
      ServerInternals::abandon(ServerInternals::completer(*entry.deferred));
    }
  }
  entries_.clear();
  timers_.clear();
}

}  // namespace mercato::http::inbound
