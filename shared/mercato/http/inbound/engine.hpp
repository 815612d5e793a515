#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>

#include "mercato/http/inbound/connection.hpp"
#include "mercato/http/inbound/mailbox.hpp"
#include "mercato/http/inbound/pipeline.hpp"
#include "mercato/http/inbound/poller.hpp"
#include "mercato/http/inbound/ready_queue.hpp"
#include "mercato/http/server.hpp"

namespace mercato::http::inbound {

class LateAnswers;

/// What the threads of one server share. The workers wait on `poller`, in which every connection is
/// registered; the keeper, a single thread, works off `mailbox` and owns `late`.
struct Engine {
  /// All request bodies that are being received together may take this much memory.
  static constexpr std::size_t kMaxBufferedBytes = 128 * 1024 * 1024;
  /// Slots beyond max_connections, in which a refused client is told so.
  static constexpr std::size_t kRefusalSlots = 64;
  /// Tag of the doorbell in `poller`; no connection has it.
  static constexpr std::uint64_t kWakeTag = UINT64_MAX;

  Engine(const Router& router, ServerOptions given)
      : options(std::move(given)),
        limits{.max_bytes = options.max_header_bytes},
        pipeline(router, options),
        table(options.max_connections + kRefusalSlots),
        ready(options.max_queue, options.outside_patience) {
    if (!options.certificate_file.empty()) {
      tls = crypto::TlsContext::server(options.certificate_file, options.key_file);
    }
    poller.add(wake.fd(), EPOLLIN | EPOLLET, kWakeTag);
  }

  const ServerOptions options;
  const HeadLimits limits;
  Pipeline pipeline;
  std::optional<crypto::TlsContext> tls;
  ConnectionTable table;
  Poller poller;
  Doorbell wake;  // makes one waiting worker look at the ready queue
  ReadyQueue ready;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  LateAnswers* late = nullptr;  // touched by the keeper only

  std::atomic<std::size_t> busy{0};  // workers inside a handler
  std::atomic<std::size_t> late_count{0};
  std::atomic<std::size_t> stream_count{0};
  std::atomic<std::size_t> buffered_bytes{0};
  std::atomic<bool> help_wanted{false};  // all workers are busy: the keeper reads in their place
  std::atomic<bool> draining{false};
  std::atomic<bool> stopping{false};

  void enter_handler() {
    if (busy.fetch_add(1) + 1 == options.workers && !help_wanted.exchange(true)) mailbox->ring();
  }
  /// From now on the connection's events also say that it can be written to.
  void arm_for_write(Connection& connection) {
    if (connection.armed_for_write) return;
    connection.armed_for_write = true;
    poller.modify(connection.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  connection.id().packed());
  }

  /// Has an event come for what is there to be read already, behind those that wait: how the owner
  /// lets others have their turn, and parks.
  void ask_again(Connection& connection) {
    poller.modify(connection.fd, EPOLLIN | EPOLLRDHUP | EPOLLET, connection.id().packed());
  }

  void leave_handler() { busy.fetch_sub(1); }

  /// Puts a connection with a whole request where the next free worker finds it; false if full.
  [[nodiscard]] bool enqueue(Connection& connection, Urgency urgency) {
    if (!ready.push(connection, urgency, Steady::now())) return false;
    // A worker that became free before the push has looked already, and may be asleep by now.
    if (busy.load() < options.workers) wake.ring();
    return true;
  }
  /// Likewise, where it is found when there is room for it, for which the keeper looks.
  [[nodiscard]] bool enqueue_outside(Connection& connection, const ReadyQueue::HasRoom& has_room) {
    const auto pushed = ready.push_outside(connection, has_room, Steady::now());
    if (pushed == ReadyQueue::Pushed::first) mailbox->ring();
    return pushed != ReadyQueue::Pushed::full;
  }
};

}  // namespace mercato::http::inbound
