#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <mercato/http/client.hpp>

namespace psp {

/// An event on its way to the merchant.
struct Delivery {
  std::string event;
  std::string body;
  int attempt = 0;
};

/// Sends events to the merchant, signed as Stripe does it, again and again until one is taken
/// (2xx), from a thread of its own. An event is a tenth of a second behind the answer to the
/// request that caused it. At most 10,000 wait; then the oldest is given up. send() from any
/// thread.
class Webhooks {
 public:
  /// `on_delivered` is called on the sending thread. An empty `url` sends nothing.
  Webhooks(const std::string& url, std::string secret,
           std::function<void(const std::string& event)> on_delivered);
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  void start();
  void stop();
  void send(Delivery delivery);

 private:
  using Steady = std::chrono::steady_clock;

  void run();
  [[nodiscard]] bool deliver(const Delivery& delivery);

  std::string path_;
  std::string secret_;
  std::function<void(const std::string&)> on_delivered_;
  std::unique_ptr<mercato::http::Client> client_;  // null: nobody to send to
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Steady::time_point, Delivery> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

/// The value of the header Stripe-Signature.
[[nodiscard]] std::string sign_webhook(const std::string& secret, std::int64_t at_s,
                                       const std::string& body);

}  // namespace psp
