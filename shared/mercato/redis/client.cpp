#include "mercato/redis/client.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "mercato/failpoint/failpoint.hpp"
#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"
#include "mercato/redis/connection.hpp"
#include "mercato/threads/waiting.hpp"

namespace mercato::redis {
namespace {

using Steady = std::chrono::steady_clock;
using Commands = std::vector<std::vector<std::string>>;

constexpr std::chrono::seconds kCooldown{1};

/// Whether Redis answers, as far as is known; until it was asked it is taken to. While it does not,
/// one caller a second finds out and the others do without.
class Health {
 public:
  explicit Health(bool configured) { gauge_.set(configured ? 1 : 0); }

  bool admits() {
    const std::lock_guard lock(mutex_);
    if (up_) return true;
    const auto now = Steady::now();
    if (now < retry_at_) return false;
    retry_at_ = now + kCooldown;
    return true;
  }

  void report(bool answered) {
    const std::lock_guard lock(mutex_);
    if (!answered) retry_at_ = Steady::now() + kCooldown;
    if (up_ == answered) return;
    up_ = answered;
    gauge_.set(answered ? 1 : 0);
    if (answered) {
      log::info("Redis is reachable");
    } else {
      log::warn("Redis is unreachable");
    }
  }

  [[nodiscard]] bool up() const {
    const std::lock_guard lock(mutex_);
    return up_;
  }

 private:
  mutable std::mutex mutex_;
  bool up_ = true;
  Steady::time_point retry_at_{};
  const metrics::Gauge gauge_ = metrics::registry().gauge("redis_up", "1 while Redis answers.");
};

/// Connections that nobody uses just now, and a bound on how many there are.
class Connections {
 public:
  explicit Connections(std::size_t max) : free_places_(max) {}

  /// Takes a place and what idles in it, perhaps nothing; false if there is no place in time.
  bool take(std::unique_ptr<Connection>& idle, std::chrono::milliseconds patience) {
    std::vector<std::unique_ptr<Connection>> unfit;  // closed without the lock
    std::unique_lock lock(mutex_);
    const threads::Waiting waiting;
    if (!returned_.wait_for(lock, patience, [this] { return free_places_ > 0; })) return false;
    --free_places_;
    while (!idle && !idle_.empty()) {
      auto& candidate = idle_.back();
      (candidate->fit() ? idle : unfit.emplace_back()) = std::move(candidate);
      idle_.pop_back();
    }
    return true;
  }

  void give_back(std::unique_ptr<Connection> connection) {
    {
      const std::lock_guard lock(mutex_);
      ++free_places_;
      if (connection && connection->fit()) idle_.push_back(std::move(connection));
    }
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t free_places_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions client_options)
      : options(std::move(client_options)),
        address(options.url.empty() ? Address() : Address::parse(options.url)),
        tls(address.tls ? std::optional(crypto::TlsContext::client(options.authorities_file))
                        : std::nullopt),
        resolver(hosts(), options.look_up),
        health(configured()),
        shared(options.max_connections),
        blocking(options.max_connections) {}

  [[nodiscard]] bool configured() const { return !options.url.empty(); }
  [[nodiscard]] std::vector<net::Resolver::Host> hosts() const {
    if (!configured()) return {};
    return {{address.host, address.port}};
  }

  std::optional<std::vector<Reply>> run(Connections& connections, const Commands& commands,
                                        std::chrono::milliseconds timeout) {
    if (!configured() || !health.admits()) return std::nullopt;
    std::unique_ptr<Connection> connection;
    if (!connections.take(connection, options.command_timeout)) return std::nullopt;
    if (!connection) connection = open();
    MERCATO_FAILPOINT("redis", commands.front().front(), "before");
    auto replies = connection ? connection->run(commands, timeout) : std::nullopt;
    MERCATO_FAILPOINT("redis", commands.front().front(), "after");
    health.report(replies.has_value());
    connections.give_back(std::move(connection));
    return replies;
  }

  /// Nothing if Redis cannot be found or reached.
  std::unique_ptr<Connection> open() {
    const auto places = resolver.await(Deadline::in(options.connect_timeout));
    if (!places) return nullptr;
    return Connection::open(address, places->front(), tls ? &*tls : nullptr,
                            options.connect_timeout, options.command_timeout);
  }

  const ClientOptions options;
  const Address address;
  const std::optional<crypto::TlsContext> tls;
  const net::Resolver resolver;
  Health health;
  Connections shared;
  Connections blocking;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

std::optional<Reply> Client::command(const std::vector<std::string>& arguments) {
  auto replies = impl_->run(impl_->shared, {arguments}, impl_->options.command_timeout);
  return replies ? std::optional(std::move(replies->front())) : std::nullopt;
}

std::optional<std::vector<Reply>> Client::pipeline(const Commands& commands) {
  if (commands.empty()) return std::vector<Reply>();
  return impl_->run(impl_->shared, commands, impl_->options.command_timeout);
}

std::optional<Reply> Client::blocking_command(const std::vector<std::string>& arguments,
                                              std::chrono::milliseconds block) {
  auto replies = impl_->run(impl_->blocking, {arguments}, block + impl_->options.command_timeout);
  return replies ? std::optional(std::move(replies->front())) : std::nullopt;
}

bool Client::reachable() const {
  return impl_->configured() && impl_->health.up();
}

}  // namespace mercato::redis
