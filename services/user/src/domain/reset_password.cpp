#include "domain/reset_password.hpp"

#include <utility>

#include <mercato/error/error.hpp>

namespace user {

User ResetPassword::reset_password(const std::string& token, const NewPassword& password) {
  const auto email_key = tokens_.find_email_key(Purpose::password_reset, token);
  if (!email_key) throw mercato::not_found();
  if (auto weakness = weakness_of(password, *email_key)) {
    throw mercato::validation_failed({{"/password", "weak_password", std::move(*weakness)}});
  }
  auto user = tokens_.reset_password(token, passwords_.hash(password.text));
  if (!user) throw mercato::not_found();
  return std::move(*user);
}

User verify_email(AccountTokens& tokens, const std::string& token) {
  auto user = tokens.verify_email(token);
  if (!user) throw mercato::not_found();
  return std::move(*user);
}

}  // namespace user
