#include "clients/mail_folder.hpp"

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <mercato/id/uuid.hpp>

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

void MailFolder::send(const Mail& mail) {
  const auto id = mercato::Uuid::v7().str();
  const auto path = std::filesystem::path(folder_) / (id + ".eml");
  const auto unfinished = std::filesystem::path(folder_) / (id + ".new");
  std::ofstream file(unfinished, std::ios::binary);
  file << with_crlf("From: " + from_ + "\nTo: " + mail.to + "\nSubject: " + mail.subject +
                    "\nDate: " + date() + "\nMessage-ID: <" + id +
                    "@mercato>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                    "Content-Transfer-Encoding: 8bit\n\n" +
                    mail.text);
  file.close();
  if (!file) throw std::runtime_error("cannot write " + unfinished.string());
  std::filesystem::permissions(
      unfinished, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::rename(unfinished, path);
}

}  // namespace user::clients
