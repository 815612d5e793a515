#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/db/link.hpp"

namespace mercato::db {

/// The socket of one session, and whether somebody is waiting on it. Armed by the session's thread,
/// shut by the watch's. It holds a duplicate of the descriptor: the library may close its own at
/// any moment, and the number would then be somebody else's.
class WatchedSocket {
 public:
  /// Throws std::system_error if there is no descriptor left.
  explicit WatchedSocket(int fd);
  ~WatchedSocket();
  WatchedSocket(const WatchedSocket&) = delete;
  WatchedSocket& operator=(const WatchedSocket&) = delete;

  /// From now on somebody waits for an answer, until `until` at most.
  void arm(Deadline::Steady::time_point until);
  void disarm();
  /// The answer has come: the server lives.
  void hear();
  [[nodiscard]] bool was_shut() const;
  [[nodiscard]] Deadline::Steady::time_point heard_at() const;  // the epoch: never

  [[nodiscard]] bool waiting_since_before(Deadline::Steady::time_point at) const;
  void shut_if_overdue(Deadline::Steady::time_point now);
  void shut_if_waiting_since_before(Deadline::Steady::time_point at);

 private:
  using Ticks = Deadline::Steady::rep;
  void shut(Ticks expected_until);

  int fd_;
  std::atomic<Ticks> since_{0};
  std::atomic<Ticks> until_;
  std::atomic<Ticks> heard_at_{0};
};

/// Watches one database, with a thread and a connection of its own.
///
/// It asks the server something trivial every second, and at once when a statement has been waiting
/// for a while: an answer means that the statement is slow, none that the server is frozen or gone.
/// Then it says so, and shuts the sockets on which threads would otherwise wait in vain. On a busy
/// machine the trivial may take long as well: as long as anybody gets an answer, the server lives,
/// and time in which this thread itself did not get to run is not held against it. Ten times a
/// second it also shuts sockets past their own deadline, which is cheaper than being told of each.
class Watch {
 public:
  enum class State { unknown, up, down };

  /// `on_change` is called on the watch's thread after each change of state.
  Watch(std::string url, std::function<void(State)> on_change);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  [[nodiscard]] State state() const { return state_.load(std::memory_order_acquire); }
  /// The socket is watched as long as the result lives.
  [[nodiscard]] std::shared_ptr<WatchedSocket> watch(int fd);

 private:
  class Patience;

  void run();
  void connect();
  void rest();
  void probe();
  bool tick();
  [[nodiscard]] bool suspicious();
  void set_state(State state, const std::string& reason = {});

  const std::string url_;
  const std::function<void(State)> on_change_;
  std::atomic<State> state_{State::unknown};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::weak_ptr<WatchedSocket>> sockets_;
  std::unique_ptr<Link> link_;  // the thread's own
  Deadline::Steady::time_point heard_at_{};  // the newest answer, to whomever
  std::thread thread_;
};

}  // namespace mercato::db
