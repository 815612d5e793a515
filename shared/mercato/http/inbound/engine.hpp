#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>

#include "mercato/http/inbound/connection.hpp"
#include "mercato/http/inbound/leaders.hpp"
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
  /// As many as can run; and one that listens while the other works, where there is one processor.
  static std::size_t most_leaders() {
    return std::max<std::size_t>(2, std::thread::hardware_concurrency());
  }

  Engine(const Router& router, ServerOptions given)
      : options(std::move(given)),
        limits{.max_bytes = options.max_header_bytes},
        pipeline(router, options),
        table(options.max_connections + kRefusalSlots),
        ready(options.max_queue, options.outside_patience),
        leaders(options.workers, most_leaders()) {
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
  Leaders leaders;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  LateAnswers* late = nullptr;  // touched by the keeper only

  std::atomic<std::size_t> busy{0};  // workers inside a handler
  std::atomic<std::size_t> late_count{0};
  std::atomic<std::size_t> stream_count{0};
  std::atomic<std::size_t> buffered_bytes{0};
  std::atomic<bool> help_wanted{false};  // all workers are busy: the keeper reads in their place
  std::atomic<bool> unattended{false};   // nobody listens: the keeper sees to it that one will
  std::atomic<bool> draining{false};
  std::atomic<bool> stopping{false};

  void enter_handler() {
    if (busy.fetch_add(1) + 1 == options.workers && !help_wanted.exchange(true)) mailbox->ring();
  }
  /// From now on the connection's events also say that it can be written to.
  void arm_for_write(Connection& connection) {
    if (!std::exchange(connection.armed_for_write, true)) listen_for_all(connection);
  }

  /// Has an event come at once, behind those that wait: how the owner lets others have their turn,
  /// and parks. One that can be written to has an event even if all it sent has been read already.
  void ask_again(Connection& connection) {
    connection.armed_for_write = true;
    listen_for_all(connection);
  }

  void listen_for_all(const Connection& connection) {
    poller.modify(connection.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                  connection.id().packed());
  }

  void leave_handler() { busy.fetch_sub(1); }

  /// A worker's way of waiting for one event; see Poller::wait().
  [[nodiscard]] std::span<epoll_event> listen(std::span<epoll_event, 1> buffer) {
    leaders.listens();
    const auto events = poller.wait(buffer, -1);
    if (leaders.hears() && !unattended.exchange(true)) mailbox->ring();
    return events;
  }

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
