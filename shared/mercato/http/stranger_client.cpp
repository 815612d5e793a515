#include "mercato/http/stranger_client.hpp"

#include <resolv.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "mercato/http/outbound/connection.hpp"
#include "mercato/http/outbound/endpoint.hpp"
#include "mercato/http/outbound/message.hpp"
#include "mercato/http/outbound/reach.hpp"
#include "mercato/http/syntax.hpp"
#include "mercato/net/transport.hpp"

namespace mercato::http {
namespace {

using net::SocketAddress;
using net::Transport;
using outbound::Connection;
using outbound::Endpoint;
using outbound::Exchange;
using outbound::Message;
using outbound::Reach;

constexpr std::size_t kMaxUrlBytes = 2'048;

struct Url {
  Endpoint endpoint;
  std::string path;  // with the query
};

/// An absolute http or https URL without user, password or fragment; throws std::invalid_argument
/// that says what is wrong with it.
Url parse_url(std::string_view url) {
  const bool visible =
      std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (url.size() > kMaxUrlBytes || !visible) {
    throw std::invalid_argument("Must be a URL of at most 2048 visible ASCII characters.");
  }
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) throw std::invalid_argument("Must be an absolute URL.");
  const auto begin = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  const auto origin = url.substr(0, begin);
  if (origin.find('@') != std::string_view::npos) {
    throw std::invalid_argument("Must name neither a user nor a password.");
  }
  auto path = std::string(url.substr(begin));
  if (path.find('#') != std::string::npos) throw std::invalid_argument("Must have no fragment.");
  if (path.empty() || path.front() == '?') path.insert(0, 1, '/');
  try {
    return {Endpoint::parse(origin), std::move(path)};
  } catch (const std::invalid_argument&) {
    throw std::invalid_argument("Must be an http or https URL with a host.");
  }
}

/// Names that mean this machine or this network whatever a resolver says (RFC 6761, 6762, 8375).
bool is_local_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  for (const std::string_view name : {"localhost", "local", "internal", "home.arpa"}) {
    if (host.size() < name.size()) continue;
    const auto tail = host.substr(host.size() - name.size());
    const bool whole = tail.size() == host.size();
    if (!syntax::equal_ignoring_case(tail, name)) continue;
    if (whole || host[host.size() - name.size() - 1] == '.') return true;
  }
  return false;
}

/// All addresses of the host. The resolver asks each name server once, for two seconds: it has no
/// deadline of its own that could be set.
std::vector<SocketAddress> addresses_of(const Endpoint& endpoint) {
  if (const auto literal = SocketAddress::literal(endpoint.host, endpoint.port)) return {*literal};
  thread_local const bool quick = [] {
    if (::res_init() != 0) return false;
    _res.retrans = 2;
    _res.retry = 1;
    return true;
  }();
  static_cast<void>(quick);
  return SocketAddress::look_up(endpoint.host, endpoint.port);
}

Message to_message(const StrangerRequest& request, const Url& url) {
  Message message;
  message.method = "POST";
  message.path = url.path;
  message.body = request.body;
  message.headers = {{"Host", url.endpoint.authority},
                     {"User-Agent", "mercato"},
                     {"Accept", "*/*"},
                     {"Connection", "close"},
                     {"Content-Type", request.content_type}};
  for (const auto& [name, value] : request.headers.entries()) {
    if (!syntax::is_token(name) || !syntax::is_field_value(value)) {
      throw std::invalid_argument("bad header " + name);
    }
    message.headers.emplace_back(name, value);
  }
  return message;
}

}  // namespace

struct StrangerClient::Impl {
  explicit Impl(StrangerClientOptions given) : options(std::move(given)) {
    if (!options.authorities_file.empty()) static_cast<void>(tls());
  }

  /// Made when it is first needed: the system's authorities take megabytes.
  [[nodiscard]] const crypto::TlsContext& tls() const {
    std::call_once(tls_made_,
                   [this] { tls_ = crypto::TlsContext::client(options.authorities_file); });
    return *tls_;
  }

  [[nodiscard]] bool may_call(Reach reach) const {
    if (reach == Reach::internet || options.callable == Callable::anything) return true;
    return reach == Reach::loopback && options.callable == Callable::internet_and_loopback;
  }

  [[nodiscard]] std::optional<std::string> refusal(
      const Endpoint& endpoint, const std::vector<SocketAddress>& addresses) const {
    if (!endpoint.tls && !options.plain_http) return "Must be an https URL.";
    const bool allowed =
        std::all_of(addresses.begin(), addresses.end(), [this](const SocketAddress& address) {
          return may_call(outbound::reach_of(address.get()));
        });
    const bool unknown_local =
        addresses.empty() && is_local_name(endpoint.host) && options.callable == Callable::internet;
    if (!allowed || unknown_local) return "Must lead to an address on the internet.";
    return std::nullopt;
  }

  [[nodiscard]] Outcome post(const StrangerRequest& request) const;

  StrangerClientOptions options;

 private:
  mutable std::once_flag tls_made_;
  mutable std::optional<crypto::TlsContext> tls_;
};

Outcome StrangerClient::Impl::post(const StrangerRequest& request) const {
  const auto deadline = Deadline::in(options.total_timeout);
  const auto url = parse_url(request.url);
  const auto& endpoint = url.endpoint;
  const auto addresses = addresses_of(endpoint);
  if (addresses.empty()) return NotSent{"the host is not known"};
  if (refusal(endpoint, addresses)) return NotSent{"the address may not be called"};
  std::string reason = "no time is left to connect";
  for (const auto& address : addresses) {
    if (deadline.expired()) break;
    const auto limit = deadline.earlier_of(Deadline::in(options.connect_timeout));
    auto opened = Transport::open(address, endpoint.tls ? &tls() : nullptr, endpoint.host, limit);
    if (!opened.transport) {
      reason = std::move(opened.reason);
      continue;
    }
    Connection connection(std::move(opened.transport));
    auto exchange = connection.exchange_head(to_message(request, url), deadline);
    if (exchange.result == Exchange::Result::answered) {
      return Answered{std::move(exchange.response)};
    }
    if (exchange.result == Exchange::Result::not_sent) return NotSent{std::move(exchange.reason)};
    return Unknown{std::move(exchange.reason)};
  }
  return NotSent{std::move(reason)};
}

StrangerClient::StrangerClient(StrangerClientOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

StrangerClient::~StrangerClient() = default;

std::optional<StrangerClient::Refusal> StrangerClient::refusal(std::string_view url) const {
  try {
    const auto parsed = parse_url(url);
    const auto reason = impl_->refusal(parsed.endpoint, addresses_of(parsed.endpoint));
    return reason ? std::optional(Refusal{false, *reason}) : std::nullopt;
  } catch (const std::invalid_argument& mistake) {
    return Refusal{true, mistake.what()};
  }
}

Outcome StrangerClient::post(const StrangerRequest& request) const {
  try {
    return impl_->post(request);
  } catch (const std::invalid_argument& mistake) {
    return NotSent{mistake.what()};
  }
}

}  // namespace mercato::http
