#include "http/keyed_answer.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include <mercato/crypto/crypto.hpp>
#include <mercato/idempotency/idempotency.hpp>
#include <mercato/log/log.hpp>

#include "http/order_answers.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;
namespace idempotency = mercato::idempotency;

/// What a claim is known by in this process.
mercato::Id<RequestKey> id_of(const RequestKey& key) {
  const auto hash = mercato::crypto::sha256(key.user.str() + key.key);
  std::array<std::uint8_t, 16> bytes{};
  std::transform(hash.begin(), hash.begin() + bytes.size(), bytes.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return mercato::Id<RequestKey>(mercato::Uuid(bytes));
}

RequestKey scope(const http::Request& request, const std::string& key) {
  return {UserId(request.caller.subject), key, idempotency::fingerprint_of(request)};
}

}  // namespace

http::Response KeyedAnswers::run(const http::Request& request,
                                 const std::function<http::Response()>& act) {
  const auto key = idempotency::key_of(request);
  if (!key) return act();
  const auto scoped = scope(request, *key);
  // Before the key is claimed: who finds it claimed by this process must not take it for lost.
  const auto hold = open_.try_take(id_of(scoped));
  if (!hold) return to_response(first_answer(scoped), true);
  if (const auto kept = claim(scoped)) return to_response(*kept, true);
  try {
    const auto response = act();
    if (idempotency::is_stored(response.status)) {
      return to_response(answers_.keep(scoped, to_answer(response), std::nullopt));
    }
    free(scoped);
    return response;
  } catch (...) {
    free(scoped);
    throw;
  }
}

void KeyedAnswers::refuse_used_key(const http::Request& request) {
  const auto key = idempotency::key_of(request);
  if (!key) return;
  const auto scoped = scope(request, *key);
  const auto taken = answers_.find(scoped.user, scoped.key);
  if (taken && taken->fingerprint != scoped.fingerprint) throw key_reused();
}

/// The kept answer; nothing if the key is now ours. Nobody else of this process is at it.
std::optional<Answer> KeyedAnswers::claim(const RequestKey& key) {
  const auto taken = answers_.claim(key);
  if (!taken) return std::nullopt;
  if (taken->fingerprint != key.fingerprint) throw key_reused();
  if (taken->answer) return taken->answer;
  const bool lost = taken->owned_by_us || !taken->owner_alive;
  if (!lost || !answers_.take_over(key.user, key.key)) throw request_in_progress();
  return std::nullopt;
}

/// What the request that this process is at, or has just been, was answered.
Answer KeyedAnswers::first_answer(const RequestKey& key) {
  const auto taken = answers_.find(key.user, key.key);
  if (taken && taken->fingerprint != key.fingerprint) throw key_reused();
  if (!taken || !taken->answer) throw request_in_progress();
  return *taken->answer;
}

/// Nobody is to wait for an answer that will not come. If the database is away the claim stays, and
/// whoever asks again finds that nobody is at it.
void KeyedAnswers::free(const RequestKey& key) {
  try {
    answers_.free(key);
  } catch (const std::exception& error) {
    mercato::log::warn("a key could not be freed", {{"error", error.what()}});
  }
}

}  // namespace order::api
