#include "domain/change_password.hpp"

#include <utility>

#include "domain/errors.hpp"

namespace user {

void ChangePassword::change_password(const Command& command) {
  const auto credentials = users_.find_credentials(command.user);
  if (!credentials) throw account_gone();
  if (auto weakness = weakness_of(command.new_password, credentials->email_key)) {
    throw mercato::validation_failed({{"/new_password", "weak_password", std::move(*weakness)}});
  }
  const PasswordAttempt attempt{.account = credentials->email_key, .address = command.address};
  if (const auto refused = limits_.begin(attempt)) throw too_many_failures(*refused);
  if (!passwords_.verify(command.current_password, credentials->password_hash)) {
    throw invalid_credentials();
  }
  limits_.succeeded(attempt);
  const bool changed =
      users_.change_password({command.user, *credentials->password_hash,
                              passwords_.hash(command.new_password.text), command.session});
  if (!changed) throw invalid_credentials();
}

}  // namespace user
