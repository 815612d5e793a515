#pragma once

#include <netinet/in.h>

#include <optional>
#include <type_traits>

#include "mercato/http/inbound/exchange.hpp"
#include "mercato/http/inbound/httplib_reader.hpp"
#include "mercato/http/inbound/ingress_filter.hpp"
#include "mercato/http/inbound/request_metrics.hpp"
#include "mercato/http/server.hpp"

namespace mercato::http::inbound {

/// What every request goes through, in this order:
///
///   identify   request id → trace → who asks, from where
///   resolve    target → fields (httplib) → query → route → deadline → limit of the body
///   admit      authentication → rate limit → media type
///   run        what admit() does, unless it was done → deadline → handler → problem+json
///   finish     request id → metrics → access log
///
/// The connection calls them one after the other; `finish` exactly once for each answer, also for
/// refusals and late answers. Immutable; any thread.
class Pipeline {
 public:
  Pipeline(const Router& router, const ServerOptions& options);

  /// Never fails, so that every refusal has its ids.
  void identify(Exchange& exchange, const Head& head, const sockaddr_in6& peer) const;
  /// Fills the request; returns why it is refused, if it is.
  [[nodiscard]] std::optional<Error> resolve(Exchange& exchange, const Head& head) const;
  /// The problem, if it is refused before it comes to the handler.
  [[nodiscard]] std::optional<Answer> admit(Exchange& exchange) const noexcept;
  /// The handler's answer, or the problem instead of it.
  [[nodiscard]] Answer run(Exchange& exchange) const noexcept;
  void finish(const Exchange& exchange, Response& response) const;
  void finish(const Exchange& exchange, Stream& stream) const;
  /// The client went away before a late answer was there.
  void abandoned(const Exchange& exchange) const;

 private:
  void check(Exchange& exchange) const;
  [[nodiscard]] Answer handle(Exchange& exchange) const;
  template <class Step>
  [[nodiscard]] std::invoke_result_t<Step> answer_errors(Exchange& exchange,
                                                         Step&& step) const noexcept;
  void record(const Exchange& exchange, int status, std::size_t bytes, bool shed) const;

  const Router& router_;
  const ServerOptions& options_;
  HttplibReader reader_;
  mutable RequestMetrics metrics_;
};

}  // namespace mercato::http::inbound
