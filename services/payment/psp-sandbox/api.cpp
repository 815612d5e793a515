#include "api.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/json/json.hpp>
#include <mercato/log/log.hpp>

#include "disputes.hpp"

namespace psp {
namespace {

namespace crypto = mercato::crypto;
namespace http = mercato::http;
using http::Method;

constexpr std::chrono::milliseconds kSlow{3'000};
/// Longer than anybody waits: the request is never answered.
constexpr std::chrono::milliseconds kNever{600'000};
constexpr std::size_t kMaxKeyBytes = 255;

std::int64_t now_s() { return mercato::unix_seconds(mercato::system_clock().now()); }

http::Response respond(Answer answer, bool replayed = false) {
  http::Response response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  if (replayed) response.headers.set("Idempotent-Replayed", "true");
  return response;
}

http::Answer respond(const Record& record, Answering answering) {
  if (answering != Answering::after_3_s && answering != Answering::never) {
    return respond(render(record));
  }
  const auto delay = answering == Answering::never ? kNever : kSlow;
  return http::Deferred(http::Completer(), delay, [record] { return respond(render(record)); });
}

ApiError unauthenticated() {
  return {401, "invalid_request_error", {}, {}, {}, "Invalid API key provided."};
}

ApiError key_error(std::string message) {
  return {400, "idempotency_error", {}, {}, {}, std::move(message)};
}

ApiError journal_error() {
  return {500, "api_error", {}, {}, {}, "The journal cannot be written."};
}

std::size_t limit_of(const http::Request& request) {
  const auto text = request.query("limit").value_or("10");
  std::size_t limit = 10;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return std::clamp<std::size_t>(limit, 1, 100);
}

std::optional<std::string> filter_of(const http::Request& request, const char* name) {
  const auto value = request.query(name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

template <class Things>
Answer page_of(const char* url, const Things& found, std::size_t limit) {
  Json data = Json::array();
  for (std::size_t i = 0; i < std::min(limit, found.size()); ++i) data.push_back(render(*found[i]));
  return {200, mercato::json::dump(render_list(url, std::move(data), found.size() > limit))};
}

std::string fingerprint_of(const http::Request& request) {
  return crypto::base64url(crypto::sha256(request.target + '\n' + request.body));
}

std::string id_of(const http::Request& request) {
  return std::string(request.path_parameter("id"));
}

}  // namespace

http::Router Api::routes() {
  using IntentAct = std::function<Result(const Intent&, const Form&)>;
  const http::RouteOptions read{.access = http::Access::anonymous};
  const http::RouteOptions write{
      .access = http::Access::anonymous, .max_body_bytes = 64 * 1024, .any_content_type = true};
  const auto get = [&](http::Router& router, const char* path, Answer (Api::*reader)(const Request&)
                                                                   const) {
    router.add(Method::get, path, read, [this, reader](const Request& request) {
      return reading(request, [&] { return (this->*reader)(request); });
    });
  };
  const auto on_intent = [&](http::Router& router, const char* path, IntentAct act) {
    router.add(Method::post, path, write, [this, act = std::move(act)](const Request& request) {
      return writing(request, [&](const Form& form) -> Result {
        const auto* intent = books_.find_intent(request.path_parameter("id"));
        if (intent == nullptr) return no_such("payment_intent", id_of(request));
        return act(*intent, form);
      });
    });
  };

  http::Router router;
  router.add(Method::post, "/v1/payment_intents", write, [this](const Request& request) {
    return writing(request, [](const Form& form) { return create_intent(form, now_s()); });
  });
  get(router, "/v1/payment_intents", &Api::list_intents);
  get(router, "/v1/payment_intents/{id}", &Api::get_intent);
  on_intent(router, "/v1/payment_intents/{id}/confirm", confirm_intent);
  on_intent(router, "/v1/payment_intents/{id}/capture", capture_intent);
  on_intent(router, "/v1/payment_intents/{id}/cancel",
            [](const Intent& intent, const Form& form) {
              return cancel_intent(intent, form, now_s());
            });
  router.add(Method::post, "/v1/refunds", write, [this](const Request& request) {
    return writing(request, [this](const Form& form) { return refund(form); });
  });
  get(router, "/v1/refunds", &Api::list_refunds);
  get(router, "/v1/refunds/{id}", &Api::get_refund);
  add_dispute_routes(router);
  return router;
}

void Api::add_dispute_routes(http::Router& router) {
  const http::RouteOptions read{.access = http::Access::anonymous};
  const http::RouteOptions write{
      .access = http::Access::anonymous, .max_body_bytes = 64 * 1024, .any_content_type = true};
  const auto on_dispute = [&](const char* path, Result (*act)(const Dispute&)) {
    router.add(Method::post, path, write, [this, act](const Request& request) {
      return writing(request, [&](const Form&) -> Result {
        const auto* dispute = books_.find_dispute(request.path_parameter("id"));
        return dispute == nullptr ? no_such("dispute", id_of(request)) : act(*dispute);
      });
    });
  };
  router.add(Method::get, "/v1/disputes", read, [this](const Request& request) {
    return reading(request, [&] { return list_disputes(request); });
  });
  router.add(Method::get, "/v1/disputes/{id}", read, [this](const Request& request) {
    return reading(request, [&] { return get_dispute(request); });
  });
  on_dispute("/v1/disputes/{id}", answer_dispute);
  on_dispute("/v1/disputes/{id}/close",
             [](const Dispute& dispute) { return close_dispute(dispute, false); });
  on_dispute("/v1/test_helpers/disputes/{id}/win",
             [](const Dispute& dispute) { return close_dispute(dispute, true); });
  router.add(Method::post, "/v1/test_helpers/disputes", write, [this](const Request& request) {
    return writing(request, [this](const Form& form) -> Result {
      const auto id = form.text("payment_intent").value_or("");
      const auto* intent = books_.find_intent(id);
      if (intent == nullptr) return no_such("payment_intent", id);
      return open_dispute(*intent, books_.taken_back(id), form, now_s());
    });
  });
}

bool Api::knows_key(const Request& request) const {
  const auto header = request.header("Authorization").value_or("");
  static constexpr std::string_view kBearer = "Bearer ";
  static constexpr std::string_view kBasic = "Basic ";
  if (header.substr(0, kBearer.size()) == kBearer) {
    return crypto::equal_constant_time(header.substr(kBearer.size()), api_key_);
  }
  if (header.substr(0, kBasic.size()) != kBasic) return false;
  // The key is the user's name, and there is no password.
  const auto pair = crypto::parse_base64(header.substr(kBasic.size()));
  return pair && crypto::equal_constant_time(*pair, api_key_ + ":");
}

http::Answer Api::reading(const Request& request, const std::function<Answer()>& read) {
  if (!knows_key(request)) return respond(render(unauthenticated()));
  const std::lock_guard lock(mutex_);
  return respond(read());
}

http::Answer Api::writing(const Request& request, const Act& act) {
  if (!knows_key(request)) return respond(render(unauthenticated()));
  const auto form = Form::parse(request.body);
  if (!form) return respond(render(invalid("", "The body is not form-encoded.")));
  const auto key = request.header("Idempotency-Key");
  if (key && key->size() > kMaxKeyBytes) return respond(render(key_error("The key is too long.")));

  const std::lock_guard lock(mutex_);
  if (key) {
    if (const auto first = books_.find_keyed(std::string(*key))) {
      if (first->key->fingerprint == fingerprint_of(request)) return respond(render(*first), true);
      return respond(render(key_error("Keys for idempotent requests can only be used with the same "
                                      "parameters they were first used with.")));
    }
  }
  auto result = act(*form);
  if (const auto* refused = std::get_if<ApiError>(&result)) return respond(render(*refused));
  try {
    const auto effect = write_down(std::get<Effect>(std::move(result)), request, *form);
    return respond(effect.record, effect.answering);
  } catch (const std::system_error& error) {
    mercato::log::error("the journal cannot be written", {{"error", error.what()}});
    return respond(render(journal_error()));
  }
}

Effect Api::write_down(Effect effect, const Request& request, const Form& form) {
  auto& record = effect.record;
  if (const auto key = request.header("Idempotency-Key")) {
    record.key = Key{std::string(*key), fingerprint_of(request)};
  }
  record.expand_charge = form.lists("expand", "latest_charge");
  keep(record);
  for (const auto& further : effect.further) keep(further);
  return effect;
}

void Api::keep(const Record& record) {
  journal_.append(record);
  books_.apply(record);
  if (record.event) webhooks_.send({record.event->id, render_event(record)});
}

Answer Api::get_intent(const Request& request) const {
  const auto* intent = books_.find_intent(request.path_parameter("id"));
  if (intent == nullptr) return render(no_such("payment_intent", id_of(request)));
  const auto& parameters = request.query_parameters;
  const bool expand = std::any_of(parameters.begin(), parameters.end(), [](const auto& parameter) {
    return parameter.first.compare(0, 7, "expand[") == 0 && parameter.second == "latest_charge";
  });
  return {200, mercato::json::dump(render(*intent, expand))};
}

Answer Api::list_intents(const Request& request) const {
  const auto limit = limit_of(request);
  const auto after = filter_of(request, "starting_after");
  if (after && books_.find_intent(*after) == nullptr) {
    return render(no_such("payment_intent", *after));
  }
  return page_of("/v1/payment_intents",
                 books_.list_intents(filter_of(request, "metadata[order_id]"), {limit + 1, after}),
                 limit);
}

Answer Api::get_refund(const Request& request) const {
  const auto* refund = books_.find_refund(request.path_parameter("id"));
  if (refund == nullptr) return render(no_such("refund", id_of(request)));
  return {200, mercato::json::dump(render(*refund))};
}

Answer Api::get_dispute(const Request& request) const {
  const auto* dispute = books_.find_dispute(request.path_parameter("id"));
  if (dispute == nullptr) return render(no_such("dispute", id_of(request)));
  return {200, mercato::json::dump(render(*dispute))};
}

Answer Api::list_refunds(const Request& request) const {
  const auto limit = limit_of(request);
  const auto after = filter_of(request, "starting_after");
  if (after && books_.find_refund(*after) == nullptr) return render(no_such("refund", *after));
  return page_of("/v1/refunds",
                 books_.list_refunds(filter_of(request, "payment_intent"), {limit + 1, after}),
                 limit);
}

Answer Api::list_disputes(const Request& request) const {
  const auto limit = limit_of(request);
  const auto after = filter_of(request, "starting_after");
  if (after && books_.find_dispute(*after) == nullptr) return render(no_such("dispute", *after));
  return page_of("/v1/disputes",
                 books_.list_disputes(filter_of(request, "payment_intent"), {limit + 1, after}),
                 limit);
}

Result Api::refund(const Form& form) const {
  const auto id = form.non_empty("payment_intent");
  const auto charge = form.non_empty("charge");
  if (!id && !charge) {
    return invalid("payment_intent", "One of payment_intent and charge is needed.");
  }
  const auto* intent = id ? books_.find_intent(*id) : books_.find_charged(*charge);
  if (intent == nullptr) {
    return id ? no_such("payment_intent", *id) : no_such("charge", *charge);
  }
  const auto lost = books_.charged_back(intent->id);
  const auto left = intent->amount_received - intent->amount_refunded - lost;
  if (books_.is_disputed(intent->id) || (lost > 0 && left <= 0)) {
    return refuse_disputed_refund(*intent);
  }
  return create_refund(*intent, left, form, now_s());
}

}  // namespace psp
