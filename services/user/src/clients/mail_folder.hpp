#pragma once

#include <string>
#include <utility>

#include "domain/account_tokens.hpp"

namespace user::clients {

/// Puts each mail (RFC 5322) as a file into a folder, from where a mail server picks it up. A file
/// has its final name only once it is whole. From one thread.
class MailFolder : public Mailer {
 public:
  /// `from`: what mails say they are from, as in the header.
  MailFolder(std::string folder, std::string from)
      : folder_(std::move(folder)), from_(std::move(from)) {}

  [[nodiscard]] Outcome send(const Mail& mail) override;
  void finish_by(std::chrono::steady_clock::time_point) override {}  // it takes no time

 private:
  std::string folder_;
  std::string from_;
};

}  // namespace user::clients
