#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <mercato/http/client.hpp>

#include "clients/provider_json.hpp"
#include "domain/payment_provider.hpp"

namespace payment::clients {

/// The provider's REST API (payment intents with manual capture, as Stripe speaks it): form-encoded
/// requests, JSON answers, Idempotency-Key, Bearer key. Amounts are minor units. From any thread.
class HttpProvider : public PaymentProvider {
 public:
  explicit HttpProvider(mercato::http::ClientOptions options);

  [[nodiscard]] IntentAnswer create(const NewPayment& wanted, const std::string& key,
                                    mercato::Deadline deadline) override;
  [[nodiscard]] IntentAnswer read(const std::string& intent, mercato::Deadline deadline) override;
  [[nodiscard]] IntentAnswer confirm(const std::string& intent, const std::string& key,
                                     mercato::Deadline deadline) override;
  [[nodiscard]] IntentAnswer capture(const std::string& intent, const std::string& key,
                                     mercato::Deadline deadline) override;
  [[nodiscard]] IntentAnswer cancel(const std::string& intent, const std::string& key,
                                    mercato::Deadline deadline) override;
  [[nodiscard]] RefundAnswer refund(const Refund& refund, const std::string& key,
                                    mercato::Deadline deadline) override;
  [[nodiscard]] RefundAnswer find_refund(const Refund& refund,
                                         mercato::Deadline deadline) override;
  [[nodiscard]] ForeignRefunds find_foreign_refunds(const std::string& intent,
                                                    mercato::Deadline deadline) override;
  [[nodiscard]] DisputeAnswer read_dispute(const std::string& dispute,
                                           mercato::Deadline deadline) override;
  [[nodiscard]] ListedDisputes find_disputes(const std::string& intent,
                                             mercato::Deadline deadline) override;
  [[nodiscard]] bool available() const override { return client_.available(); }

 private:
  /// Reads all that `list` has of an intent, page by page, for as long as `goes_on` with each; what
  /// kept it from that.
  [[nodiscard]] std::optional<NoAnswer> walk(
      const std::string& list, const std::string& intent, mercato::Deadline deadline,
      const std::function<bool(const ListPage& page)>& goes_on);
  /// All of them, as `read_page` reads each page.
  template <class Thing, class ReadPage>
  [[nodiscard]] std::variant<std::vector<Thing>, NoAnswer> read_all(
      const std::string& list, const std::string& intent, mercato::Deadline deadline,
      const ReadPage& read_page);

  mercato::http::Client client_;
};

}  // namespace payment::clients
