#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <mercato/json/json.hpp>
#include <support/http_peer.hpp>
#include <support/service_process.hpp>
#include <support/workspace.hpp>

namespace psp::test {

using mercato::test::HttpAnswer;
using Json = mercato::json::Value;

/// The real sandbox with a journal of its own, and the merchant that it sends webhooks to.
class Merchant {
 public:
  Merchant();

  HttpAnswer post(const std::string& path, const std::string& form = {},
                  const std::string& key = {},
                  std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
  HttpAnswer get(const std::string& path) const;
  /// A payment with manual capture, not confirmed; returns its id.
  [[nodiscard]] std::string new_intent(const std::string& token, std::int64_t amount = 1999) const;
  [[nodiscard]] Json intent(const std::string& id) const;
  [[nodiscard]] std::string status(const std::string& id) const;

  /// Refuses webhooks with 503 from now on, or takes them again.
  void refuse_webhooks(bool refuse);
  /// The types of the events taken so far that tell of a payment.
  [[nodiscard]] std::vector<std::string> events_of(const std::string& intent);
  [[nodiscard]] std::vector<mercato::test::PeerRequest> webhooks();

  void kill_and_restart();
  [[nodiscard]] const std::string& journal() const { return journal_; }
  [[nodiscard]] mercato::test::ServiceProcess& process() { return *process_; }

  static constexpr const char* kKey = "sk_test_sandbox";
  static constexpr const char* kSecret = "whsec_sandbox";

 private:
  mercato::test::PeerAnswer take(const mercato::test::PeerRequest& request);

  mercato::test::TempDirectory directory_;
  std::string journal_;
  std::mutex mutex_;
  bool refusing_ = false;
  std::vector<mercato::test::PeerRequest> taken_;
  std::optional<mercato::test::HttpPeer> peer_;
  std::optional<mercato::test::ServiceProcess> process_;
};

[[nodiscard]] Json parse(const HttpAnswer& answer);

}  // namespace psp::test
