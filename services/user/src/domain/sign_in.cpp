#include "domain/sign_in.hpp"

#include <utility>

#include "domain/errors.hpp"

namespace user {

SignedIn SignIn::sign_in(const Command& command) {
  auto credentials = parts_.users.find_credentials(command.email);
  const PasswordAttempt attempt{.account = credentials.email_key, .address = command.address};
  if (const auto refused = parts_.limits.begin(attempt)) throw too_many_failures(*refused);
  if (!parts_.passwords.verify(command.password, credentials.password_hash)) {
    throw invalid_credentials();
  }
  parts_.limits.succeeded(attempt);

  auto& user = *credentials.user;
  if (user.status == Status::disabled) throw user_disabled();
  auto token = parts_.refresh_tokens.make(SessionId::make());
  const auto session = token.session;
  auto access = parts_.access_tokens.issue(user.id, user.role, session);
  const NewSession opened{token, user.id, *credentials.password_hash, command.user_agent};
  if (!parts_.sessions.insert(opened)) throw invalid_credentials();
  return {std::move(user),
          session,
          {std::move(access.token), access.expires_in, std::move(token.text)}};
}

}  // namespace user
