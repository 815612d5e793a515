#pragma once

#include <string>
#include <utility>

#include <mercato/db/pool.hpp>

#include "domain/account_tokens.hpp"

namespace user::storage {

/// Tokens for mails in PostgreSQL: known by their hashes, and sealed until they were sent. From any
/// thread; does not own the pool.
class PgAccountTokens : public AccountTokens {
 public:
  /// `sealing_key` has 32 bytes.
  PgAccountTokens(mercato::db::Pool& pool, std::string sealing_key)
      : pool_(pool), sealing_key_(std::move(sealing_key)) {}

  void request(Purpose purpose, const std::string& email) override;
  [[nodiscard]] std::optional<std::string> find_email_key(Purpose purpose,
                                                          const std::string& token) override;
  [[nodiscard]] std::optional<User> reset_password(const std::string& token,
                                                   const std::string& password_hash) override;
  [[nodiscard]] std::optional<User> verify_email(const std::string& token) override;

  /// Makes the token that was asked for first, if that e-mail address has an account. False if
  /// nobody asks for any.
  bool make_requested();
  /// A mail that is due, which is this process's to send for a minute.
  [[nodiscard]] std::optional<TokenMail> claim_mail();
  /// It is on its way, or will never be: from now on at most its recipient knows the token. That
  /// stays, so that the next one is not made sooner for somebody whom no mail reaches.
  void settle(const TokenMail& mail);
  /// Forgets up to `limit` tokens that have run out, and as many requests that nobody heard; how
  /// many there were of the more numerous.
  std::size_t prune(std::size_t limit);

 private:
  mercato::db::Pool& pool_;
  std::string sealing_key_;
};

}  // namespace user::storage
