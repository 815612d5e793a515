#pragma once

#include <mercato/process/service.hpp>

#include "domain/account_tokens.hpp"
#include "storage/pg_account_tokens.hpp"

namespace user::workers {

/// Makes the tokens that were asked for and sends the mails that are due, each at least once: one
/// that was refused for now, or whose process died over it, is due again after a minute. A server
/// that is away is left alone for a second; one that refuses a mail is given the next one at once.
class MailDelivery {
 public:
  MailDelivery(storage::PgAccountTokens& tokens, Mailer& mailer);

  void start() { loop_.start(); }
  /// For good: the mail that is on its way gets two seconds, or so, more.
  void stop();

 private:
  std::chrono::milliseconds step();

  storage::PgAccountTokens& tokens_;
  Mailer& mailer_;
  mercato::process::Loop loop_;
};

}  // namespace user::workers
