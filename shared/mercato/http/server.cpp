#include "mercato/http/server.hpp"

#include <array>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "mercato/http/inbound/engine.hpp"
#include "mercato/http/inbound/keeper.hpp"
#include "mercato/http/inbound/listener.hpp"
#include "mercato/http/inbound/thread.hpp"
#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"
#include "mercato/threads/waiting.hpp"

namespace mercato::http {
namespace {

using inbound::Engine;

void require_authenticator(const Router& router, const ServerOptions& options) {
  if (options.authenticate) return;
  for (const auto& [title, route] : router.routes()) {
    if (route.access == Access::anonymous) continue;
    throw std::logic_error("no authenticator is given, but needed by " + title);
  }
}

inbound::Connection* next_waiting(Engine& shared) {
  if (shared.ready.empty()) return nullptr;  // the usual case, without lock and clock
  const auto now = inbound::Steady::now();
  auto* connection = shared.ready.pop(now);
  // Who is left: two rings are one to a worker that has not heard the first yet. And there may be
  // room for one more from outside.
  const bool others = shared.ready.size() > 0 && shared.busy.load() + 1 < shared.options.workers;
  if (connection && (others || shared.ready.lets_in(now))) shared.wake.ring();
  return connection;
}

/// A worker: answers one request after another, from the queue first, since those waited longest.
void work(Engine& shared) {
  std::array<epoll_event, 1> buffer{};  // one at a time: what it holds back, nobody else can take
  threads::set_understudy(&shared.leaders);
  while (!shared.stopping.load()) {
    try {
      shared.leaders.lead();
      if (auto* connection = next_waiting(shared)) {
        inbound::Conversation(shared, *connection, inbound::Conversation::Role::worker).run();
        continue;
      }
      for (const auto& event : shared.listen(buffer)) {
        inbound::dispatch(shared, event, inbound::Conversation::Role::worker);
      }
    } catch (const std::exception& error) {
      log::error("an http worker failed once", {{"error", error.what()}});
    }
  }
  shared.wake.ring();  // an edge wakes one: each passes it on to the next
}

Server::Load load_of(const Engine& shared) {
  return {shared.options.workers,     shared.busy.load(),    shared.ready.size(),
          shared.ready.outside(),     shared.table.size(),   shared.late_count.load(),
          shared.leaders.followers(), shared.draining.load()};
}

void export_load(const std::shared_ptr<Engine>& shared) {
  auto& registry = metrics::registry();
  const auto busy = registry.gauge("http_server_busy_workers", "Workers inside a handler.");
  const auto queued = registry.gauge("http_server_queued_requests", "Requests without a worker.");
  const auto outside =
      registry.gauge("http_server_outside_requests", "Requests that wait for room.");
  const auto open = registry.gauge("http_server_connections", "Open connections.");
  const auto parked = registry.gauge("http_server_parked_answers", "Deferred answers and streams.");
  registry.on_scrape([=, weak = std::weak_ptr(shared)] {
    const auto engine = weak.lock();
    if (!engine) return;
    const auto load = load_of(*engine);
    busy.set(static_cast<double>(load.busy));
    queued.set(static_cast<double>(load.queued));
    outside.set(static_cast<double>(load.outside));
    open.set(static_cast<double>(load.connections));
    parked.set(static_cast<double>(load.parked));
  });
}

}  // namespace

struct Server::Impl {
  Impl(Router given, ServerOptions options)
      : router(std::move(given)), shared(std::make_shared<Engine>(router, std::move(options))) {}

  Router router;
  std::shared_ptr<Engine> shared;
  std::unique_ptr<inbound::Keeper> keeper;
  std::vector<std::unique_ptr<inbound::Thread>> threads;
  std::uint16_t port = 0;
  int listening_socket = -1;

  void stop() {
    shared->stopping.store(true);
    shared->leaders.dismiss();
    shared->wake.ring();
    shared->mailbox->ring();
    threads.clear();
  }
};

Server::Server(Router router, ServerOptions options) {
  require_authenticator(router, options);
  const auto wanted = options.max_connections;
  options.max_connections = inbound::make_room_for(wanted);
  if (options.max_connections < wanted) {
    log::info("the limit of open files leaves room for fewer connections",
              {{"max_connections", options.max_connections}, {"wanted", wanted}});
  }
  impl_ = std::make_unique<Impl>(std::move(router), std::move(options));
}

Server::~Server() {
  impl_->stop();
}

void Server::start() {
  const auto& options = impl_->shared->options;
  auto listener =
      options.listening_socket >= 0
          ? std::make_unique<inbound::Listener>(options.listening_socket)
          : std::make_unique<inbound::Listener>(options.bind_address, options.port);
  impl_->port = listener->port();
  impl_->listening_socket = listener->fd();
  impl_->keeper = std::make_unique<inbound::Keeper>(*impl_->shared, std::move(listener));
  export_load(impl_->shared);
  impl_->threads.push_back(
      std::make_unique<inbound::Thread>("http-keeper", [this] { impl_->keeper->run(); }));
  for (std::size_t i = 0; i < options.workers; ++i) {
    impl_->threads.push_back(
        std::make_unique<inbound::Thread>("http-worker", [this] { work(*impl_->shared); }));
  }
}

std::uint16_t Server::port() const {
  return impl_->port;
}

int Server::listening_socket() const {
  return impl_->listening_socket;
}

void Server::drain(std::chrono::milliseconds grace, std::chrono::milliseconds idle_patience) {
  if (impl_->threads.empty()) return;
  impl_->keeper->drain(grace, idle_patience);
  impl_->stop();
}

Server::Load Server::load() const {
  return load_of(*impl_->shared);
}

}  // namespace mercato::http
