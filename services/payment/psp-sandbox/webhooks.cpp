#include "webhooks.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <mercato/crypto/crypto.hpp>
#include <mercato/log/log.hpp>
#include <mercato/resilience/backoff.hpp>

namespace psp {
namespace {

using namespace std::chrono_literals;
namespace http = mercato::http;

constexpr auto kBehindTheAnswer = 100ms;
constexpr std::size_t kMaxWaiting = 10'000;

/// "http://host:port" of "http://host:port/path".
std::string origin_of(const std::string& url) {
  const auto host = url.find("://");
  return host == std::string::npos ? url : url.substr(0, url.find('/', host + 3));
}

}  // namespace

std::string sign_webhook(const std::string& secret, std::int64_t at_s, const std::string& body) {
  const auto time = std::to_string(at_s);
  return "t=" + time + ",v1=" +
         mercato::crypto::to_hex(mercato::crypto::hmac_sha256(secret, time + "." + body));
}

Webhooks::Webhooks(const std::string& url, std::string secret,
                   std::function<void(const std::string&)> on_delivered)
    : secret_(std::move(secret)), on_delivered_(std::move(on_delivered)) {
  if (url.empty()) return;
  http::ClientOptions options;
  options.name = "merchant";
  options.base_urls = {origin_of(url)};
  options.max_connections = 1;
  options.max_tries = 1;
  options.breaker_failures = 0;
  client_ = std::make_unique<http::Client>(std::move(options));
  path_ = url.substr(origin_of(url).size());
  if (path_.empty()) path_ = "/";
}

Webhooks::~Webhooks() { stop(); }

void Webhooks::start() {
  if (client_) thread_ = std::thread([this] { run(); });
}

void Webhooks::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Webhooks::send(Delivery delivery) {
  if (!client_) return;
  {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(Steady::now() + kBehindTheAnswer, std::move(delivery));
    if (waiting_.size() > kMaxWaiting) waiting_.erase(waiting_.begin());
  }
  changed_.notify_one();
}

void Webhooks::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto due = waiting_.begin()->first;
    if (due > Steady::now()) {
      changed_.wait_until(lock, due);
      continue;
    }
    auto delivery = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    lock.unlock();
    const bool delivered = deliver(delivery);
    lock.lock();
    if (delivered) continue;
    const auto pause =
        200ms + mercato::resilience::full_jitter(static_cast<std::size_t>(delivery.attempt++),
                                                 200ms, 5s);
    waiting_.emplace(Steady::now() + pause, std::move(delivery));
  }
}

bool Webhooks::deliver(const Delivery& delivery) {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.path = path_;
  request.body = delivery.body;
  const auto now_s = mercato::unix_seconds(mercato::system_clock().now());
  request.headers = {{"Stripe-Signature", sign_webhook(secret_, now_s, delivery.body)}};
  const auto outcome = client_->call(request);
  const auto* answered = std::get_if<http::Answered>(&outcome);
  if (answered == nullptr || answered->response.status < 200 || answered->response.status > 299) {
    mercato::log::debug("a webhook was not taken", {{"event", delivery.event}});
    return false;
  }
  on_delivered_(delivery.event);
  return true;
}

}  // namespace psp
