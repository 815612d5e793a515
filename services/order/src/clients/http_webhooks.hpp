#pragma once

#include <string>

#include <mercato/http/stranger_client.hpp>

#include "domain/create_webhook_endpoint.hpp"
#include "domain/deliver_webhook.hpp"

namespace order::clients {

/// Systems of merchants, spoken to as the Standard Webhooks specification says: the event's id as
/// `webhook-id` (the same for each attempt), the time as `webhook-timestamp`, and an HMAC-SHA256
/// over both and the body as `webhook-signature`. From any thread.
class HttpWebhooks : public WebhookSender, public WebhookUrlPolicy {
 public:
  explicit HttpWebhooks(mercato::http::StrangerClientOptions options)
      : client_(std::move(options)) {}

  [[nodiscard]] Attempt send(const DueDelivery& delivery, mercato::Timestamp at) override;
  [[nodiscard]] std::optional<Refusal> refusal(const std::string& url) const override;

 private:
  mercato::http::StrangerClient client_;
};

/// A new secret: "whsec_" and 32 random bytes in base64.
[[nodiscard]] std::string make_webhook_secret();
/// "v1," and the signature in base64. Throws std::invalid_argument if it is no such secret.
[[nodiscard]] std::string webhook_signature(const std::string& secret, const std::string& id,
                                            const std::string& timestamp, const std::string& body);

}  // namespace order::clients
