#pragma once

#include <atomic>
#include <chrono>
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

/// Hands mails to a mail server (RFC 5321), on a connection for each. From one thread, but for
/// finish_by().
class SmtpMailer : public Mailer {
 public:
  /// Throws std::invalid_argument if the URL is none of SMTP's.
  explicit SmtpMailer(SmtpOptions options);

  /// Takes half a minute at most.
  [[nodiscard]] Outcome send(const Mail& mail) override;
  void finish_by(std::chrono::steady_clock::time_point at) override { finish_by_ = at; }

 private:
  SmtpOptions options_;
  std::atomic<std::chrono::steady_clock::time_point> finish_by_{
      std::chrono::steady_clock::time_point::max()};
};

}  // namespace user::clients
