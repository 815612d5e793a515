#include "mercato/net/resolver.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "mercato/threads/waiting.hpp"

namespace mercato::net {
namespace {

constexpr std::chrono::seconds kLookUpEvery{5};
constexpr std::chrono::milliseconds kLookUpAfterFailure{500};

}  // namespace

/// Held by the thread as well, which may outlive the resolver.
struct Resolver::State {
  void run();
  void publish(const Addresses& found);

  std::vector<Host> hosts;
  LookUp look_up;
  std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<const Addresses> known;
  bool stopping = false;
};

Resolver::Resolver(std::vector<Host> hosts, LookUp look_up) : state_(std::make_shared<State>()) {
  state_->hosts = std::move(hosts);
  state_->look_up = std::move(look_up);
  Addresses literals;
  bool all_literal = true;
  for (const auto& [name, port] : state_->hosts) {
    const auto literal = SocketAddress::literal(name, port);
    literals.emplace_back();
    if (literal) literals.back().push_back(*literal);
    all_literal = all_literal && literal;
  }
  state_->publish(literals);
  if (!all_literal) std::thread([state = state_] { state->run(); }).detach();
}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
}

std::shared_ptr<const Resolver::Addresses> Resolver::known() const {
  const std::lock_guard lock(state_->mutex);
  return state_->known;
}

std::shared_ptr<const Resolver::Addresses> Resolver::await(Deadline deadline) const {
  std::unique_lock lock(state_->mutex);
  if (!state_->known) {
    const threads::Waiting waiting;
    state_->changed.wait_for(lock, deadline.remaining(),
                             [this] { return state_->known != nullptr; });
  }
  return state_->known;
}

void Resolver::State::run() {
  Addresses found(hosts.size());
  for (;;) {
    bool complete = true;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      const auto& [name, port] = hosts[i];
      const auto literal = SocketAddress::literal(name, port);
      auto now = literal ? std::vector{*literal} : look_up(name, port);
      if (!now.empty()) found[i] = std::move(now);
      complete = complete && !found[i].empty();
    }
    publish(found);
    std::unique_lock lock(mutex);
    const std::chrono::milliseconds pause = complete ? kLookUpEvery : kLookUpAfterFailure;
    if (changed.wait_for(lock, pause, [this] { return stopping; })) return;
  }
}

void Resolver::State::publish(const Addresses& found) {
  const bool any = std::any_of(found.begin(), found.end(), [](const auto& of_host) {
    return !of_host.empty();
  });
  const std::lock_guard lock(mutex);
  if (!any || (known && *known == found)) return;
  known = std::make_shared<const Addresses>(found);
  changed.notify_all();
}

}  // namespace mercato::net
