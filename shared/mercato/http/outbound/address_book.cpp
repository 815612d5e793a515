#include "mercato/http/outbound/address_book.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "mercato/threads/waiting.hpp"

namespace mercato::http::outbound {
namespace {

constexpr std::chrono::seconds kLookUpEvery{5};
constexpr std::chrono::milliseconds kLookUpAfterFailure{500};

}  // namespace

AddressBook::AddressBook(const std::vector<std::string>& base_urls)
    : targets_(std::make_shared<Targets>()) {
  if (base_urls.empty()) throw std::invalid_argument("a neighbour without a base URL");
  std::vector<std::vector<net::SocketAddress>> known;
  bool all_literal = true;
  for (const auto& url : base_urls) {
    endpoints_.push_back(Endpoint::parse(url));
    known.emplace_back();
    const auto& endpoint = endpoints_.back();
    if (const auto address = net::SocketAddress::literal(endpoint.host, endpoint.port)) {
      known.back().push_back(*address);
    } else {
      all_literal = false;
    }
  }
  publish(known);
  if (!all_literal) thread_ = std::thread([this] { look_up_again_and_again(); });
}

AddressBook::~AddressBook() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const Targets> AddressBook::targets(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (targets_->empty()) {
    const threads::Waiting waiting;
    changed_.wait_for(lock, deadline.remaining(),
                      [this] { return !targets_->empty() || stopping_; });
  }
  return targets_;
}

void AddressBook::look_up_again_and_again() {
  std::vector<std::vector<net::SocketAddress>> known(endpoints_.size());
  for (;;) {
    bool complete = true;
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      const auto& [host, port, tls, authority] = endpoints_[i];
      const auto literal = net::SocketAddress::literal(host, port);
      auto found = literal ? std::vector{*literal} : net::SocketAddress::look_up(host, port);
      if (!found.empty()) known[i] = std::move(found);
      complete = complete && !known[i].empty();
    }
    publish(known);
    std::unique_lock lock(mutex_);
    const std::chrono::milliseconds pause = complete ? kLookUpEvery : kLookUpAfterFailure;
    if (changed_.wait_for(lock, pause, [this] { return stopping_; })) return;
  }
}

void AddressBook::publish(const std::vector<std::vector<net::SocketAddress>>& addresses) {
  const std::lock_guard lock(mutex_);
  auto next = std::make_shared<Targets>();
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    for (const auto& address : addresses[i]) {
      const auto present =
          std::find_if(targets_->begin(), targets_->end(), [&](const auto& target) {
            return target->address == address && target->endpoint == endpoints_[i];
          });
      // One that stays keeps its connections and its record.
      next->push_back(present != targets_->end()
                          ? *present
                          : std::make_shared<Target>(Target{endpoints_[i], address}));
    }
  }
  targets_ = std::move(next);
  changed_.notify_all();
}

}  // namespace mercato::http::outbound
