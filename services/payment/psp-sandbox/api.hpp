#pragma once

#include <functional>
#include <mutex>
#include <string>

#include <mercato/http/router.hpp>

#include "books.hpp"
#include "journal.hpp"
#include "payments.hpp"
#include "stripe_json.hpp"
#include "webhooks.hpp"

namespace psp {

/// The routes of the Stripe API that a merchant with manual capture needs. One request changes
/// something at a time. From any thread; does not own what it is given.
class Api {
 public:
  Api(std::string api_key, Books& books, Journal& journal, Webhooks& webhooks)
      : api_key_(std::move(api_key)), books_(books), journal_(journal), webhooks_(webhooks) {}

  [[nodiscard]] mercato::http::Router routes();

 private:
  using Request = mercato::http::Request;
  using Act = std::function<Result(const Form& form)>;

  [[nodiscard]] bool knows_key(const Request& request) const;
  /// Runs `read` if the caller has the key.
  mercato::http::Answer reading(const Request& request, const std::function<Answer()>& read);
  /// Runs `act` unless its Idempotency-Key was used before, writes down what happened, answers.
  mercato::http::Answer writing(const Request& request, const Act& act);
  Effect write_down(Effect effect, const Request& request, const Form& form);
  void keep(const Record& record);
  [[nodiscard]] Answer get_intent(const Request& request) const;
  [[nodiscard]] Answer list_intents(const Request& request) const;
  [[nodiscard]] Answer get_refund(const Request& request) const;
  [[nodiscard]] Answer list_refunds(const Request& request) const;
  [[nodiscard]] Result refund(const Form& form) const;
  [[nodiscard]] Answer get_dispute(const Request& request) const;
  [[nodiscard]] Answer list_disputes(const Request& request) const;
  void add_dispute_routes(mercato::http::Router& router);

  const std::string api_key_;
  std::mutex mutex_;  // over the books, and the order of the journal
  Books& books_;
  Journal& journal_;
  Webhooks& webhooks_;
};

}  // namespace psp
