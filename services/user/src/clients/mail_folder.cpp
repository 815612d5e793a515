#include "clients/mail_folder.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <mercato/id/uuid.hpp>

#include "clients/mail_text.hpp"

namespace user::clients {

Mailer::Outcome MailFolder::send(const Mail& mail) {
  const auto id = mercato::Uuid::v7().str();
  const auto path = std::filesystem::path(folder_) / (id + ".eml");
  const auto unfinished = std::filesystem::path(folder_) / (id + ".new");
  std::ofstream file(unfinished, std::ios::binary);
  file << mail_text(mail, from_, id);
  file.close();
  if (!file) throw std::runtime_error("cannot write " + unfinished.string());
  std::filesystem::permissions(
      unfinished, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::rename(unfinished, path);
  return Outcome::taken;
}

}  // namespace user::clients
