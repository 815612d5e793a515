#include "workers/mail_delivery.hpp"

#include <mercato/log/log.hpp>

namespace user::workers {
namespace {

// A mail server that is well answers sooner, so that no mail is broken off which it took, and sent
// again; the service does not begin to drain before.
constexpr std::chrono::seconds kPatience{2};

}  // namespace

MailDelivery::MailDelivery(storage::PgAccountTokens& tokens, Mailer& mailer)
    : tokens_(tokens), mailer_(mailer), loop_("mail-delivery", [this] { return step(); }) {}

void MailDelivery::stop() {
  mailer_.finish_by(std::chrono::steady_clock::now() + kPatience);
  loop_.stop();
}

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
