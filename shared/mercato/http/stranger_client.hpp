#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mercato/clock/clock.hpp"
#include "mercato/http/client.hpp"
#include "mercato/http/message.hpp"

namespace mercato::http {

/// Which addresses may be called.
enum class Callable {
  internet,               // those that anybody can reach
  internet_and_loopback,  // for trying things out on one machine
  anything,               // private networks too
};

struct StrangerClientOptions {
  Callable callable = Callable::internet;
  bool plain_http = false;  // else https alone
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds total_timeout{10'000};  // from the look-up of the name to the answer
  /// For https: a PEM file of the authorities to trust; empty: the system's.
  std::string authorities_file = {};
};

struct StrangerRequest {
  std::string url;
  Headers headers;
  std::string body;
  std::string content_type = "application/json";
};

/// POSTs to URLs that somebody else chose, who may try to reach through us what only we can reach
/// (OWASP: server-side request forgery). The host's name is looked up for every call, each of its
/// addresses is checked, and it is one of those that is connected to: there is no second look-up
/// that could say something else. Redirects are not followed, nothing is retried, no connection is
/// kept, no header of ours goes along, and of the answer only the head is read, so that neither its
/// length nor its slowness costs more than the deadline.
///
/// From any thread. Never throws for network reasons.
class StrangerClient {
 public:
  /// Throws std::invalid_argument for a bad authorities file.
  explicit StrangerClient(StrangerClientOptions options);
  ~StrangerClient();
  StrangerClient(const StrangerClient&) = delete;
  StrangerClient& operator=(const StrangerClient&) = delete;

  struct Refusal {
    bool malformed = false;  // no URL that could be called; else it leads to where it may not
    std::string reason;      // for its author to read
  };
  /// Why this URL will not be called; nothing if it may be. A name that nobody knows now is no
  /// reason. May take as long as the resolver: some seconds.
  [[nodiscard]] std::optional<Refusal> refusal(std::string_view url) const;
  /// The answer comes without its body.
  [[nodiscard]] Outcome post(const StrangerRequest& request) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mercato::http
