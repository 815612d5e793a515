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

/// Held by the threads as well, which may outlive the resolver.
struct Resolver::State {
  void keep_looking_up(std::size_t host);
  void publish();  // under the mutex

  std::vector<Host> hosts;
  LookUp look_up;
  std::mutex mutex;
  std::condition_variable changed;
  Addresses found;
  std::shared_ptr<const Addresses> known;
  bool stopping = false;
};

Resolver::Resolver(std::vector<Host> hosts, LookUp look_up) : state_(std::make_shared<State>()) {
  state_->hosts = std::move(hosts);
  state_->look_up = std::move(look_up);
  std::vector<std::size_t> names;
  for (const auto& [name, port] : state_->hosts) {
    auto& addresses = state_->found.emplace_back();
    if (const auto literal = SocketAddress::literal(name, port)) {
      addresses.push_back(*literal);
    } else {
      names.push_back(state_->found.size() - 1);
    }
  }
  state_->publish();
  for (const auto host : names) {
    std::thread([state = state_, host] { state->keep_looking_up(host); }).detach();
  }
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

void Resolver::State::keep_looking_up(std::size_t host) {
  for (;;) {
    auto addresses = look_up(hosts[host].name, hosts[host].port);
    std::unique_lock lock(mutex);
    if (!addresses.empty()) found[host] = std::move(addresses);
    publish();
    const std::chrono::milliseconds pause =
        found[host].empty() ? kLookUpAfterFailure : kLookUpEvery;
    if (changed.wait_for(lock, pause, [this] { return stopping; })) return;
  }
}

void Resolver::State::publish() {
  const bool any = std::any_of(found.begin(), found.end(), [](const auto& of_host) {
    return !of_host.empty();
  });
  if (!any || (known && *known == found)) return;
  known = std::make_shared<const Addresses>(found);
  changed.notify_all();
}

}  // namespace mercato::net
