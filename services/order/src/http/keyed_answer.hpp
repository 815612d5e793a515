#pragma once

#include <functional>
#include <optional>

#include <mercato/error/error.hpp>
#include <mercato/http/message.hpp>

#include "domain/answer.hpp"
#include "domain/holds.hpp"

namespace order::api {

/// For requests that do no harm when done twice: with an Idempotency-Key the first answer is kept
/// and sent again to the same request, so that it reads the same even after the order moved on. The
/// key is claimed before anything is done, so that two requests with one key cannot both act; the
/// claim of a process that died, or lost it, is taken over by whoever asks again.
///
/// From any thread. Does not own what it is given.
class KeyedAnswers {
 public:
  explicit KeyedAnswers(AnswerStore& answers) : answers_(answers) {}

  /// Error 422 `idempotency_key_reused`, 409 `request_in_progress`.
  [[nodiscard]] mercato::http::Response run(const mercato::http::Request& request,
                                            const std::function<mercato::http::Response()>& act);

  /// parse(request), of a request that does not go by run(). If the body is refused, and the key
  /// was used for another one: Error 422 `idempotency_key_reused` instead of what `parse` throws.
  template <class Parse>
  [[nodiscard]] auto parse(const mercato::http::Request& request, const Parse& parse) {
    try {
      return parse(request);
    } catch (const mercato::Error&) {
      refuse_used_key(request);
      throw;
    }
  }

 private:
  void refuse_used_key(const mercato::http::Request& request);
  [[nodiscard]] std::optional<Answer> claim(const RequestKey& key);
  [[nodiscard]] Answer first_answer(const RequestKey& key);
  void free(const RequestKey& key);

  AnswerStore& answers_;
  Holds open_;  // claims that this process is at
};

}  // namespace order::api
