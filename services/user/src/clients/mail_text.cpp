#include "clients/mail_text.hpp"

#include <array>
#include <ctime>

namespace user::clients {
namespace {

/// As RFC 5322 section 3.3 writes it.
std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return text.data();
}

std::string with_crlf(const std::string& text) {
  std::string lines;
  for (const char c : text) lines += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return lines;
}

}  // namespace

std::string mail_text(const Mailer::Mail& mail, const std::string& from, const std::string& id) {
  return with_crlf("From: " + from + "\nTo: " + mail.to + "\nSubject: " + mail.subject +
                   "\nDate: " + date() + "\nMessage-ID: <" + id +
                   "@mercato>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                   "Content-Transfer-Encoding: 8bit\n\n" +
                   mail.text);
}

}  // namespace user::clients
