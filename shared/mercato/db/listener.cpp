#include "mercato/db/listener.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "mercato/db/connection_url.hpp"
#include "mercato/db/link.hpp"
#include "mercato/log/log.hpp"

namespace mercato::db {
namespace {

using namespace std::chrono_literals;

constexpr auto kListenerConnectsWithin = 2s;
constexpr auto kListenerAnswersWithin = 1s;
constexpr auto kReconnectPause = 500ms;
// An idle connection that the server forgot would never speak again: ask now and then.
constexpr auto kListenerHeartbeat = 5s;

}  // namespace

struct Listener::Impl {
  Impl(const std::string& database_url, std::string channel_name, std::function<void()> on_wake)
      : url(connection_url(database_url, "listen-" + channel_name)),
        channel(std::move(channel_name)),
        wake(std::move(on_wake)),
        thread([this] { run(); }) {}

  ~Impl() {
    stopping = true;
    thread.join();
  }

  void run() {
    while (!stopping) {
      listen();
      pause(kReconnectPause, tick);
    }
  }

  /// Returns when the connection is lost.
  void listen() {
    Link link(url, Deadline::in(kListenerConnectsWithin), tick);
    if (!link.alive() ||
        !link.execute("LISTEN " + channel, Deadline::in(kListenerAnswersWithin), tick)) {
      return;
    }
    call_wake();
    while (!stopping) {
      link.await_input(Deadline::in(kListenerHeartbeat), tick);
      if (link.take_notifications()) {
        call_wake();
      } else if (!link.execute("SELECT 1", Deadline::in(kListenerAnswersWithin), tick)) {
        return;
      }
    }
  }

  void call_wake() {
    try {
      wake();
    } catch (const std::exception& error) {
      log::error("listener failed", {{"channel", channel}, {"error", error.what()}});
    }
  }

  const std::string url;
  const std::string channel;
  const std::function<void()> wake;
  std::atomic<bool> stopping{false};
  const Link::Tick tick = [this] { return !stopping; };
  std::thread thread;
};

Listener::Listener(std::string url, std::string channel, std::function<void()> wake)
    : impl_(std::make_unique<Impl>(url, std::move(channel), std::move(wake))) {}
Listener::~Listener() = default;

}  // namespace mercato::db
