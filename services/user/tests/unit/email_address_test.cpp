#include <support/catch.hpp>

#include <string>

#include "http/email_address.hpp"

using user::api::is_email_address;

TEST_CASE("addresses that mail can be sent to are taken", "[email_address]") {
  for (const char* text : {"a@example.com", "first.last+tag@mail.example.co.uk",
                           "o'brien@example.ie", "jos\u00e9@ex\u00e4mple.de",
                           "\u7528\u6237@\u4f8b\u5b50.\u4e2d\u56fd", "x@xn--fiqs8s.example"}) {
    INFO(text);
    CHECK(is_email_address(text));
  }
}

TEST_CASE("what is no address is refused", "[email_address]") {
  for (const char* text : {"",
                           "@",
                           "a",
                           "a@",
                           "@b.com",
                           "a@b",
                           "a@b@c.com",
                           "a b@c.com",
                           "a@b c.com",
                           "a@.com",
                           "a@b..com",
                           ".a@b.com",
                           "a.@b.com",
                           "a..b@c.com",
                           "a@-b.com",
                           "a@b-.com",
                           "a@b.com.",
                           "\"a\"@b.com",
                           "a@[127.0.0.1]",
                           "a,b@c.com",
                           "<a@b.com>",
                           "a@b_c.com",
                           "a@b.com\n",
                           "a\u00a0b@c.com",
                           "a\u200b@b.com",
                           "a@b\u3000.com",
                           "\ufeffa@b.com"}) {
    INFO(text);
    CHECK(!is_email_address(text));
  }
}

TEST_CASE("an address that looks like another's is refused", "[email_address]") {
  for (const char* unseen : {"\u0085", "\u034f", "\u061c", "\u115f", "\u180e", "\u200d", "\u2065",
                             "\u2800", "\u3164", "\ufe0f", "\U000e0041"}) {
    INFO(unseen);
    CHECK(!is_email_address("ada" + std::string(unseen) + "@example.com"));
    CHECK(!is_email_address("ada@exa" + std::string(unseen) + "mple.com"));
  }
}

TEST_CASE("an address has its limits", "[email_address]") {
  CHECK(is_email_address(std::string(64, 'a') + "@example.com"));
  CHECK(!is_email_address(std::string(65, 'a') + "@example.com"));
  CHECK(is_email_address("a@" + std::string(63, 'b') + ".com"));
  CHECK(!is_email_address("a@" + std::string(64, 'b') + ".com"));
  std::string domain;
  while (domain.size() < 260) domain += "abcdefghi.";
  CHECK(!is_email_address("a@" + domain + "com"));
}
