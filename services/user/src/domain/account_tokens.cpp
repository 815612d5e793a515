#include "domain/account_tokens.hpp"

namespace user {

std::string_view name(Purpose purpose) {
  return purpose == Purpose::password_reset ? "password_reset" : "email_verification";
}

std::optional<Purpose> parse_purpose(std::string_view text) {
  if (text == "password_reset") return Purpose::password_reset;
  if (text == "email_verification") return Purpose::email_verification;
  return std::nullopt;
}

Mailer::Mail compose(const TokenMail& mail) {
  // Whoever registered the address wrote the name: it reaches nobody but the one who reads its
  // mail.
  const auto greeting =
      mail.user.email_verified ? "Hello " + mail.user.name + ",\n\n" : std::string("Hello,\n\n");
  const auto code = "\n\n    " + mail.token + "\n\nIt is good once, for half an hour. ";
  if (mail.purpose == Purpose::password_reset) {
    return {mail.user.email, "Choose a new password",
            greeting +
                "somebody, probably you, asked for a new password. With this code you can "
                "choose one:" +
                code + "If it was not you, nothing has to be done.\n"};
  }
  return {mail.user.email, "Confirm your e-mail address",
          greeting + "with this code you confirm that this is your e-mail address:" + code +
              "If you did not register, nothing has to be done.\n"};
}

}  // namespace user
