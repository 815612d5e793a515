#pragma once

#include <string>

#include "domain/account_tokens.hpp"

namespace user::clients {

struct SmtpOptions {
  std::string url;   // "smtp://host:port", or "smtps://…" for TLS from the first byte
  std::string from;  // as in the header: "Shop <no-reply@example.com>"
  std::string user;  // empty: nobody signs in
  std::string password;
  bool require_tls = true;       // on smtp:// by STARTTLS; else in the clear
  std::string authorities_file;  // a PEM file of those to trust; empty: the system's
};

/// Hands mails to a mail server (RFC 5321), on a connection for each. From one thread.
class SmtpMailer : public Mailer {
 public:
  /// Throws std::invalid_argument if the URL is none of SMTP's.
  explicit SmtpMailer(SmtpOptions options);

  /// Takes half a minute at most.
  [[nodiscard]] Outcome send(const Mail& mail) override;

 private:
  SmtpOptions options_;
};

}  // namespace user::clients
