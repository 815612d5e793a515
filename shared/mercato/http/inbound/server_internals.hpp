#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mercato/http/message.hpp"

namespace mercato::http {

/// Shared by all copies of one Completer and the server. `deliver` is set while the connection is
/// parked; it hands the answer to the server and is called at most once.
struct Completer::State {
  std::mutex mutex;
  bool completed = false;
  bool abandoned = false;
  std::optional<Response> early;
  std::function<void(Response)> deliver;
};

/// Shared by all copies of one StreamWriter and the server, which takes `pending` away in pieces
/// and says in `in_flight` how much of it the client has not taken yet.
struct StreamWriter::State {
  static constexpr std::size_t kMaxBehindBytes = 64 * 1024;

  std::mutex mutex;
  std::string pending;
  std::size_t in_flight = 0;
  bool closed = false;      // nothing more can be written
  bool overflowed = false;  // closed because the reader was too slow
  bool ended = false;       // the server is done with it, and the callbacks were called
  bool woken = false;       // the server knows already that there is something to do
  std::function<void()> wake;
  std::vector<std::function<void()>> on_close;

  /// What to call, without the lock, after a change; nothing if the server knows already.
  [[nodiscard]] std::function<void()> take_wake() {
    if (woken || !wake) return nullptr;
    woken = true;
    return wake;
  }
};

/// The server's side of Deferred, Completer and StreamWriter, whose members are private so that
/// handlers cannot reach them. Any thread.
class ServerInternals {
 public:
  static const Completer& completer(const Deferred& deferred) { return deferred.completer_; }
  static std::chrono::milliseconds timeout(const Deferred& deferred) { return deferred.timeout_; }
  static const std::function<Response()>& on_timeout(const Deferred& deferred) {
    return deferred.on_timeout_;
  }

  /// From now on the answer goes to `deliver`. Returns it at once if it is there already.
  static std::optional<Response> attach(const Completer& completer,
                                        std::function<void(Response)> deliver);
  /// The server answers by itself: false if somebody else completed first.
  static bool claim(const Completer& completer);
  static void abandon(const Completer& completer);

  static void attach(const StreamWriter& writer, std::function<void()> wake);
  /// To be called first when woken; false if the reader was too slow and the stream is to be cut.
  [[nodiscard]] static bool hear(const StreamWriter& writer);
  struct Taken {
    std::string bytes;
    bool closed = false;
  };
  /// Takes what was written since the last call, all of which was sent.
  [[nodiscard]] static Taken take(const StreamWriter& writer);
  /// How much of what was taken has not been sent.
  static void set_in_flight(const StreamWriter& writer, std::size_t bytes);
  /// Marks the stream as over and calls the callbacks.
  static void end(const StreamWriter& writer);
};

}  // namespace mercato::http
