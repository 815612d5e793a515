#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/answer.hpp"
#include "domain/webhook_repository.hpp"

namespace order {

/// Which URLs we agree to call. From any thread.
class WebhookUrlPolicy {
 public:
  virtual ~WebhookUrlPolicy() = default;
  struct Refusal {
    bool malformed = false;  // else it leads to where it may not
    std::string reason;
  };
  /// Nothing if the URL may be called.
  [[nodiscard]] virtual std::optional<Refusal> refusal(const std::string& url) const = 0;
};

struct CreateWebhookCommand {
  std::string url;
  std::vector<std::string> events;
  std::optional<RequestKey> key;
};

/// POST /webhook-endpoints.
///
/// From any thread. Does not own what it is given.
class CreateWebhookEndpoint {
 public:
  CreateWebhookEndpoint(WebhookRepository& webhooks, AnswerStore& answers,
                        const WebhookUrlPolicy& policy, std::string (*make_secret)(),
                        const mercato::Clock& clock)
      : webhooks_(webhooks),
        answers_(answers),
        policy_(policy),
        make_secret_(make_secret),
        clock_(clock) {}

  /// The bytes that tell the secret, once.
  using Render = std::function<Answer(const WebhookEndpoint&, const std::string& secret)>;
  /// Error 422 for a URL that is not called, or too many endpoints; 422 `idempotency_key_reused`.
  [[nodiscard]] Answered create(const CreateWebhookCommand& command, const Render& render);

 private:
  [[nodiscard]] static Answered answer_again(const RequestKey& key, const KeyRecord& record);

  WebhookRepository& webhooks_;
  AnswerStore& answers_;
  const WebhookUrlPolicy& policy_;
  std::string (*make_secret_)();
  const mercato::Clock& clock_;
};

}  // namespace order
