#include <support/catch.hpp>

#include <string>

#include "domain/account_tokens.hpp"

using namespace user;

namespace {

std::string text_for(Purpose purpose, bool email_verified) {
  TokenMail mail{purpose, "the-token", {}};
  mail.user.email = "ada@example.com";
  mail.user.name = "you won! claim it at https://evil.example/";
  mail.user.email_verified = email_verified;
  return compose(mail).text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what a stranger wrote reaches nobody by mail", "[account_tokens]") {
  for (const auto purpose : {Purpose::email_verification, Purpose::password_reset}) {
    const auto text = text_for(purpose, false);
    CHECK(has(text, "the-token"));
    CHECK(!has(text, "evil.example"));
  }
  CHECK(has(text_for(Purpose::password_reset, true), "Hello you won!"));
}
