#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "domain/user.hpp"

namespace user {

enum class Purpose { password_reset, email_verification };
[[nodiscard]] std::string_view name(Purpose purpose);
[[nodiscard]] std::optional<Purpose> parse_purpose(std::string_view text);

/// Single-use tokens that are sent by mail, and live for half an hour. From any thread.
class AccountTokens {
 public:
  virtual ~AccountTokens() = default;

  /// Asks for one to be sent to whoever has the account of that address, if anybody has. Who that
  /// is, is looked up later, so that asking takes as long either way. Not more than one a minute:
  /// the one before stays good then.
  virtual void request(Purpose purpose, const std::string& email) = 0;
  /// The key of its owner's e-mail address, the same for all spellings of that, if it is good.
  [[nodiscard]] virtual std::optional<std::string> find_email_key(Purpose purpose,
                                                                  const std::string& token) = 0;
  /// Uses it: the password becomes the one of that hash, and all sessions end. Nothing if it is not
  /// good any more.
  [[nodiscard]] virtual std::optional<User> reset_password(const std::string& token,
                                                           const std::string& password_hash) = 0;
  /// Uses it: the account's e-mail address is verified. Nothing if it is not good.
  [[nodiscard]] virtual std::optional<User> verify_email(const std::string& token) = 0;
};

/// A mail with such a token, that is due.
struct TokenMail {
  Purpose purpose = Purpose::password_reset;
  std::string token;
  User user;
};

/// Takes mails to their recipients. From one thread, but for finish_by().
class Mailer {
 public:
  virtual ~Mailer() = default;
  struct Mail {
    std::string to;
    std::string subject;
    std::string text;
  };
  /// What became of a mail. `refused_now`: it may be taken later; `refused`: it never will be.
  enum class Outcome { taken, refused_now, refused };
  /// Throws std::runtime_error if nobody could be asked, so that no other mail would go either; it
  /// is sent again then.
  [[nodiscard]] virtual Outcome send(const Mail& mail) = 0;
  /// A send that is not over by then, whether it has begun or not, throws within a second or so.
  virtual void finish_by(std::chrono::steady_clock::time_point at) = 0;
};

/// What is written to somebody about such a token.
[[nodiscard]] Mailer::Mail compose(const TokenMail& mail);

}  // namespace user
