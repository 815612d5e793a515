#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "mercato/http/inbound/conversation.hpp"
#include "mercato/http/inbound/engine.hpp"
#include "mercato/http/inbound/late_answers.hpp"
#include "mercato/http/inbound/listener.hpp"

namespace mercato::http::inbound {

/// The one thread that never blocks: accepts connections, closes those whose time is up, answers
/// what is answered late, and, while every worker is inside a handler, reads requests in their
/// place so that what is too much can be refused at once.
class Keeper {
 public:
  Keeper(Engine& engine, std::unique_ptr<Listener> listener);

  /// The thread's body; returns when the engine stops.
  void run();
  /// From any thread: no connection is accepted any more, and the present ones are let go one by
  /// one as they finish, idle ones after `idle_patience`. Returns when none is left, or after
  /// `grace`.
  void drain(std::chrono::milliseconds grace, std::chrono::milliseconds idle_patience);

 private:
  void run_once();
  [[nodiscard]] int timeout_ms(Steady::time_point now) const;
  bool accept_waiting();
  void admit(const Listener::Accepted& accepted);
  void pause_accepting();
  void begin_drain(std::chrono::milliseconds grace, std::chrono::milliseconds idle_patience);
  void sweep(Steady::time_point now);
  void inspect(Connection& connection, Steady::time_point now);
  void help_workers();
  void refuse_waiting(Steady::time_point now);
  void attend(Steady::time_point now);
  void report_if_empty();

  Engine& engine_;
  LateAnswers late_;
  std::unique_ptr<Listener> listener_;
  Poller poller_;
  Steady::time_point next_sweep_;
  Steady::time_point accept_again_;
  bool accepting_ = true;
  bool helping_ = false;
  bool more_to_read_ = false;
  Steady::time_point attend_at_ = Steady::time_point::max();
  Steady::time_point close_idle_at_ = Steady::time_point::max();
  Steady::time_point hurry_at_ = Steady::time_point::max();

  std::mutex mutex_;
  std::condition_variable emptied_;
  bool empty_ = false;
};

/// How long idle connections stay open in a drain: as long as they are to, if that leaves some of
/// the grace for what still comes on them.
[[nodiscard]] std::chrono::milliseconds idle_time(std::chrono::milliseconds grace,
                                                  std::chrono::milliseconds idle_patience);

/// Gives an event of the engine's poller to whoever is to act on it.
void dispatch(Engine& engine, const epoll_event& event, Conversation::Role role);

}  // namespace mercato::http::inbound
