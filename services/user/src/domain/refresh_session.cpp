#include "domain/refresh_session.hpp"

#include <utility>

#include "domain/errors.hpp"

namespace user {
namespace {

// Who loses a race against the same token finds the winner's pair at the second try.
constexpr int kMaxTries = 3;

}  // namespace

SignedIn RefreshSession::refresh(const std::string& refresh_token) {
  const auto shown = refresh_tokens_.recognise(refresh_token);
  if (!shown) throw refresh_token_invalid();
  for (int tries = 0; tries < kMaxTries; ++tries) {
    auto presented = sessions_.find_presented(*shown);
    if (!presented) throw refresh_token_invalid();
    switch (presented->as) {
      case Presented::As::current:
        if (!presented->live) throw refresh_token_invalid();
        if (auto signed_in = exchange(std::move(*presented), *shown)) return std::move(*signed_in);
        break;
      case Presented::As::used_just_now:
        if (!presented->live) throw refresh_token_invalid();
        return repeat(std::move(*presented), *shown);
      case Presented::As::used_before:
        sessions_.end(shown->session);
        throw refresh_token_reused();
    }
  }
  throw refresh_token_invalid();
}

std::optional<SignedIn> RefreshSession::exchange(Presented presented, const RefreshToken& shown) {
  const auto& user = presented.user;
  auto access = access_tokens_.issue(user.id, user.role, shown.session);
  const auto next = refresh_tokens_.make(shown.session);
  TokenPair pair{std::move(access.token), access.expires_in, next.text};
  if (!sessions_.rotate(shown, next, refresh_tokens_.seal(pair, shown))) return std::nullopt;
  return SignedIn{std::move(presented.user), shown.session, std::move(pair)};
}

SignedIn RefreshSession::repeat(Presented presented, const RefreshToken& shown) {
  auto pair = refresh_tokens_.unseal(presented.sealed_successor, shown);
  if (!pair) throw refresh_token_invalid();
  return {std::move(presented.user), shown.session, std::move(*pair)};
}

}  // namespace user
