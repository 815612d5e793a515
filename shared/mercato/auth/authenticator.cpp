#include "mercato/auth/authenticator.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

#include "mercato/auth/fetched_keys.hpp"
#include "mercato/auth/service_token.hpp"
#include "mercato/auth/token_cache.hpp"
#include "mercato/auth/watched_files.hpp"
#include "mercato/error/error.hpp"

namespace mercato::auth {
namespace {

constexpr const char* kAccessTokenType = "at+jwt";  // RFC 9068
constexpr const char* kAdmin = "admin";
constexpr std::size_t kMaxCachedTokens = 10'000;
constexpr std::size_t kMaxCachedPeerTokens = 1'000;

using Keys = std::shared_ptr<const KeySet>;

Error unauthenticated(std::string detail) {
  return {ErrorKind::unauthenticated, "unauthenticated", std::move(detail)};
}

// The token of "Authorization: Bearer <token>" (RFC 6750 section 2.1: one blank or more).
std::string_view bearer_token(const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  if (request.headers.count("Authorization") > 1) throw unauthenticated("Send one token.");
  const auto value = request.header("Authorization");
  if (!value) throw unauthenticated("Send a bearer token.");
  if (value->size() <= kScheme.size()) throw unauthenticated("Send a bearer token.");
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = (*value)[i];
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower != kScheme[i]) throw unauthenticated("Send a bearer token.");
  }
  const auto token = value->find_first_not_of(' ', kScheme.size());
  if (token == std::string_view::npos) throw unauthenticated("Send a bearer token.");
  return value->substr(token);
}

[[noreturn]] void refuse(Verdict verdict) {
  // Only to the holder of a genuine token is it any use to know more.
  throw unauthenticated(verdict == Verdict::expired ? "The token has expired."
                                                    : "The token is not valid.");
}

std::string text_claim(const Claims& claims, const char* name) {
  const auto found = claims.other.find(name);
  return found != claims.other.end() && found->is_string() ? found->get<std::string>()
                                                           : std::string();
}

http::Caller subject_of(const Claims& claims) {
  const auto subject = Uuid::parse(claims.subject);
  http::Caller caller;
  caller.kind = http::Caller::Kind::subject;
  caller.role = text_claim(claims, "role");
  caller.session_id = text_claim(claims, "sid");
  caller.expires_at = claims.expires_at;
  if (!subject || caller.role.empty() || caller.session_id.empty()) refuse(Verdict::wrong_claims);
  caller.subject = *subject;
  return caller;
}

http::Caller peer_of(const Claims& claims) {
  if (text_claim(claims, "scope") != kServiceScope) refuse(Verdict::wrong_claims);
  http::Caller caller;
  caller.kind = http::Caller::Kind::peer;
  caller.peer = claims.issuer;
  caller.expires_at = claims.expires_at;
  return caller;
}

}  // namespace

struct Authenticator::Impl {
  explicit Impl(AuthenticatorOptions given)
      : options(std::move(given)),
        access_token({options.token_issuer, options.token_audience, kAccessTokenType}),
        service_token({{}, options.service, kServiceTokenType}),
        peer_keys(
            {options.service_key_set_file},
            [](const std::vector<std::string>& contents) { return KeySet::parse(contents.at(0)); }),
        subjects(kMaxCachedTokens),
        peers(kMaxCachedPeerTokens) {
    if (options.token_issuer.empty() || options.token_audience.empty() || options.service.empty()) {
      throw std::invalid_argument("tokens need an issuer, an audience and the service's name");
    }
    if (!options.own_keys) fetched = std::make_unique<FetchedKeys>(options.jwks_url, options.store);
  }

  [[nodiscard]] Keys issuer_keys() const {
    return options.own_keys ? options.own_keys() : fetched->current();
  }
  [[nodiscard]] Keys other_issuer_keys(const KeySet* seen) const {
    return options.own_keys ? nullptr : fetched->other_than(seen);
  }

  http::Caller subject(std::string_view token);
  http::Caller peer(std::string_view token);

  AuthenticatorOptions options;
  Expected access_token;
  Expected service_token;
  WatchedFiles<KeySet> peer_keys;
  TokenCache subjects;
  TokenCache peers;
  std::unique_ptr<FetchedKeys> fetched;
};

http::Caller Authenticator::Impl::subject(std::string_view token) {
  const auto now = system_clock().now();
  auto keys = issuer_keys();
  if (!keys) keys = other_issuer_keys(nullptr);
  if (!keys) throw unavailable("The keys to check tokens with are not known yet.");
  if (auto known = subjects.find(token, *keys, now)) return std::move(*known);
  auto verification = verify(token, *keys, access_token, now);
  if (verification.verdict == Verdict::unknown_key) {
    if (auto others = other_issuer_keys(keys.get())) {
      keys = std::move(others);
      verification = verify(token, *keys, access_token, now);
    }
  }
  if (verification.verdict != Verdict::valid) refuse(verification.verdict);
  auto caller = subject_of(verification.claims);
  subjects.insert(token, std::move(keys), caller);
  return caller;
}

http::Caller Authenticator::Impl::peer(std::string_view token) {
  const auto now = system_clock().now();
  auto keys = peer_keys.get();
  if (auto known = peers.find(token, *keys, now)) return std::move(*known);
  const auto verification = verify(token, *keys, service_token, now);
  if (verification.verdict != Verdict::valid) refuse(verification.verdict);
  auto caller = peer_of(verification.claims);
  peers.insert(token, std::move(keys), caller);
  return caller;
}

Authenticator::Authenticator(AuthenticatorOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

Authenticator::~Authenticator() = default;

http::Caller Authenticator::authenticate(const http::Request& request, http::Access access) {
  if (access == http::Access::anonymous) return {};
  const auto token = bearer_token(request);
  if (access == http::Access::peer) return impl_->peer(token);
  auto caller = impl_->subject(token);
  if (access == http::Access::admin && caller.role != kAdmin) {
    throw Error(ErrorKind::forbidden, "forbidden", "Only an admin may do this.");
  }
  return caller;
}

}  // namespace mercato::auth
