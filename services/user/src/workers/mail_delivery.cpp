#include "workers/mail_delivery.hpp"

namespace user::workers {

MailDelivery::MailDelivery(storage::PgAccountTokens& tokens, Mailer& mailer)
    : tokens_(tokens), mailer_(mailer), loop_("mail-delivery", [this] { return step(); }) {}

std::chrono::milliseconds MailDelivery::step() {
  while (tokens_.make_requested()) {
  }
  const auto mail = tokens_.claim_mail();
  if (!mail) return std::chrono::seconds(1);
  mailer_.send(compose(*mail));
  tokens_.sent(*mail);
  return std::chrono::milliseconds(0);
}

}  // namespace user::workers
