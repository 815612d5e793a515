#include "workers/mail_delivery.hpp"

#include <mercato/log/log.hpp>

namespace user::workers {

MailDelivery::MailDelivery(storage::PgAccountTokens& tokens, Mailer& mailer)
    : tokens_(tokens), mailer_(mailer), loop_("mail-delivery", [this] { return step(); }) {}

std::chrono::milliseconds MailDelivery::step() {
  while (tokens_.make_requested()) {
  }
  const auto mail = tokens_.claim_mail();
  if (!mail) return std::chrono::seconds(1);
  const auto outcome = mailer_.send(compose(*mail));
  if (outcome != Mailer::Outcome::taken) {
    mercato::log::warn("a mail was refused", {{"for_good", outcome == Mailer::Outcome::refused}});
  }
  if (outcome != Mailer::Outcome::refused_now) tokens_.settle(*mail);
  return std::chrono::milliseconds(0);
}

}  // namespace user::workers
