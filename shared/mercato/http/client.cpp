#include "mercato/http/client.hpp"

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

#include "mercato/failpoint/failpoint.hpp"
#include "mercato/http/outbound/call_metrics.hpp"
#include "mercato/http/outbound/message.hpp"
#include "mercato/http/outbound/pool.hpp"
#include "mercato/http/syntax.hpp"
#include "mercato/log/log.hpp"
#include "mercato/resilience/backoff.hpp"
#include "mercato/resilience/breaker.hpp"
#include "mercato/resilience/retry_budget.hpp"
#include "mercato/tracing/span.hpp"

namespace mercato::http {
namespace {

using outbound::Exchange;
using outbound::Message;
using outbound::Pool;

constexpr std::chrono::milliseconds kBackoffBase{50};
constexpr std::chrono::milliseconds kBackoffCap{500};

// A gateway or an overloaded server speaking, not the neighbour's own mind.
bool is_transient(int status) {
  return status == 502 || status == 503 || status == 504;
}

bool is_healthy(const Exchange& exchange) {
  return exchange.result == Exchange::Result::answered && !is_transient(exchange.response.status);
}

bool worth_retrying(const Outcome& outcome) {
  const auto* answered = std::get_if<Answered>(&outcome);
  return answered == nullptr || is_transient(answered->response.status);
}

// The seconds of Retry-After, if the neighbour named any.
std::chrono::milliseconds asked_to_wait(const Outcome& outcome) {
  const auto* answered = std::get_if<Answered>(&outcome);
  if (answered == nullptr) return {};
  const auto value = answered->response.headers.get("Retry-After");
  unsigned seconds = 0;
  if (value) std::from_chars(value->data(), value->data() + value->size(), seconds);
  return std::chrono::seconds(seconds);
}

Outcome to_outcome(Exchange exchange) {
  switch (exchange.result) {
    case Exchange::Result::answered:
      return Answered{std::move(exchange.response)};
    case Exchange::Result::not_sent:
      return NotSent{std::move(exchange.reason)};
    case Exchange::Result::unknown:
      break;
  }
  return Unknown{std::move(exchange.reason)};
}

/// What a call's span says of how it ended.
void note_outcome(tracing::Work& work, const Outcome& outcome) {
  if (!work.recorded()) return;
  if (const auto* answered = std::get_if<Answered>(&outcome)) {
    const int status = answered->response.status;
    work.note("http.response.status_code", std::to_string(status));
    if (status >= 500) work.fail();
    return;
  }
  const auto* unknown = std::get_if<Unknown>(&outcome);
  work.note("error.type", unknown ? "unknown" : "not_sent");
  work.note("error.message", unknown ? unknown->reason : std::get<NotSent>(outcome).reason);
  work.fail();
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions given)
      : options(std::move(given)),
        pool({options.base_urls, options.max_connections, options.connect_timeout,
              options.authorities_file}),
        breaker(options.name, {options.breaker_failures, options.breaker_open}),
        budget(options.retry_budget),
        metrics(options.name) {}

  Outcome call(const ClientRequest& request, Deadline deadline);
  /// Adds to `acted_perhaps` why an exchange that it did not settle for may have been acted on.
  Outcome try_once(Message& message, bool idempotent, Deadline deadline,
                   std::string& acted_perhaps);
  Exchange exchange_on(outbound::Lease lease, Message& message, Deadline deadline);
  void report(bool neighbour_behaved);
  void log_failure(const Message& message, std::string_view reason, bool acted_perhaps) const;
  bool wait_before_retry(std::size_t attempt, const Outcome& outcome, Deadline deadline);

  ClientOptions options;
  Pool pool;
  resilience::Breaker breaker;
  resilience::RetryBudget budget;
  outbound::CallMetrics metrics;
};

Outcome Client::Impl::call(const ClientRequest& request, Deadline deadline) {
  auto message = Message::make(request, options);
  budget.on_call();
  std::string acted_perhaps;  // why an earlier exchange may have been acted on
  for (std::size_t attempt = 0;; ++attempt) {
    auto outcome = try_once(message, request.idempotent, deadline, acted_perhaps);
    const bool retry = worth_retrying(outcome) && request.idempotent &&
                       attempt + 1 < options.max_tries && breaker.would_allow() &&
                       wait_before_retry(attempt, outcome, deadline);
    if (const auto* unknown = std::get_if<Unknown>(&outcome)) acted_perhaps = unknown->reason;
    if (retry) {
      metrics.retried();
      continue;
    }
    // What the last exchange says of itself says nothing about an earlier one.
    if (worth_retrying(outcome) && !acted_perhaps.empty()) return Unknown{std::move(acted_perhaps)};
    return outcome;
  }
}

Outcome Client::Impl::try_once(Message& message, bool idempotent, Deadline deadline,
                               std::string& acted_perhaps) {
  if (deadline.expired()) return NotSent{"the deadline has passed"};
  if (!breaker.allow()) return NotSent{"the breaker is open"};
  auto kind = Pool::Kind::any;
  for (;;) {
    auto borrowed = pool.borrow(kind, deadline);
    if (auto* none = std::get_if<outbound::NoConnection>(&borrowed)) {
      if (none->neighbour_failed) report(false);
      log_failure(message, none->reason, false);
      return NotSent{std::move(none->reason)};
    }
    auto& lease = std::get<outbound::Lease>(borrowed);
    // The other side may have closed a kept connection at the same moment: no fault of its own.
    const bool perhaps_stale = lease.reused;
    auto exchange = exchange_on(std::move(lease), message, deadline);
    const bool sent = exchange.result != Exchange::Result::not_sent;
    if (perhaps_stale && exchange.hung_up && (idempotent || !sent)) {
      if (sent) acted_perhaps = exchange.reason;
      kind = Pool::Kind::fresh;
      continue;
    }
    if (exchange.result != Exchange::Result::answered) log_failure(message, exchange.reason, sent);
    report(is_healthy(exchange));
    return to_outcome(std::move(exchange));
  }
}

Exchange Client::Impl::exchange_on(outbound::Lease lease, Message& message, Deadline deadline) {
  message.address_to(lease.target->endpoint.authority, deadline);
  MERCATO_FAILPOINT("call", options.name + ' ' + message.method + ' ' + message.path, "before");
  auto exchange = lease.connection->exchange(message, deadline, options.max_response_bytes);
  MERCATO_FAILPOINT("call", options.name + ' ' + message.method + ' ' + message.path, "after");
  pool.give_back(std::move(lease), is_healthy(exchange));
  return exchange;
}

void Client::Impl::log_failure(const Message& message, std::string_view reason,
                               bool acted_perhaps) const {
  log::info("no answer from a neighbour", {{"peer", options.name},
                                           {"method", message.method},
                                           {"path", message.path.substr(0, message.path.find('?'))},
                                           {"reason", reason},
                                           {"span_id", tracing::current().span_id},
                                           {"acted_perhaps", acted_perhaps}});
}

void Client::Impl::report(bool neighbour_behaved) {
  if (neighbour_behaved) {
    if (breaker.succeeded()) log::info("neighbour is back", {{"peer", options.name}});
  } else if (breaker.failed()) {
    log::warn("neighbour keeps failing: calls are refused for a while", {{"peer", options.name}});
  }
}

bool Client::Impl::wait_before_retry(std::size_t attempt, const Outcome& outcome,
                                     Deadline deadline) {
  // A neighbour that names a time means it, and the caller's thread has better things to do than to
  // sleep for so long. With several addresses the next try goes elsewhere, and need not heed it.
  if (options.base_urls.size() == 1 && asked_to_wait(outcome) > kBackoffCap) return false;
  const auto pause = resilience::full_jitter(attempt, kBackoffBase, kBackoffCap);
  if (pause >= deadline.remaining() || !budget.take()) return false;
  std::this_thread::sleep_for(pause);
  return true;
}

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Client::~Client() = default;

Outcome Client::call(const ClientRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  const Deadline total(start + impl_->options.total_timeout);
  tracing::Work work(tracing::Span::Kind::client, name(request.method), impl_->options.name);
  if (work.recorded()) {
    work.note("peer.service", impl_->options.name);
    work.note("url.path", request.path.substr(0, request.path.find('?')));
  }
  auto outcome = impl_->call(request, request.deadline.earlier_of(total));
  impl_->metrics.record(outcome, std::chrono::steady_clock::now() - start);
  note_outcome(work, outcome);
  return outcome;
}

bool Client::available() const {
  return impl_->breaker.would_allow();
}

std::string encode_component(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (syntax::is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      syntax::append_percent_encoded(encoded, c);
    }
  }
  return encoded;
}

}  // namespace mercato::http
