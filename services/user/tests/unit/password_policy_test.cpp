#include <support/catch.hpp>

#include <string>

#include "domain/password_policy.hpp"

using namespace user;

TEST_CASE("a password needs twelve characters of any script", "[password_policy]") {
  CHECK(weakness_of("elevenchars", "").has_value());
  CHECK(!weakness_of("twelve-chars", "").has_value());
  CHECK(weakness_of("ключомкраду", "").has_value());  // eleven, in twenty-two bytes
  CHECK(!weakness_of("ключомкрадут", "").has_value());
}

TEST_CASE("a password is not the e-mail address nor the name in it", "[password_policy]") {
  CHECK(weakness_of("ADA.lovelace@Example.com", "ada.lovelace@example.com").has_value());
  CHECK(weakness_of("ada.lovelace", "ada.lovelace@example.com").has_value());
  CHECK(!weakness_of("ada.lovelace is here", "ada.lovelace@example.com").has_value());
}

TEST_CASE("what guessers try first is common", "[password_policy]") {
  for (const char* password :
       {"password1234",  "Password123!",     "P@ssw0rd1234", "passwordpassword", "iloveyou1234",
        "administrator", "welcome12345",     "qwertyuiop12", "qwertyuiopas",     "1q2w3e4r5t6y",
        "1qaz2wsx3edc",  "zxcvbnm12345",     "123456789012", "987654321098",     "abcdefghijkl",
        "aaaaaaaaaaaa",  "abcabcabcabc",     "121212121212", "19821982198219",   "012345678901",
        "01-01-1990 00", "1111222233334444", "monkeymonkey", "football2024!"}) {
    INFO(password);
    CHECK(is_common_password(password));
  }
}

TEST_CASE("what only looks simple is left alone", "[password_policy]") {
  for (const char* password :
       {"correct horse battery staple", "a phrase nobody guesses", "rain in november",
        "83019475620184637295", "passing clouds over", "tr0ub4dor&3xyz", "Xk8-pQ2m-vL5w"}) {
    INFO(password);
    CHECK(!is_common_password(password));
  }
  CHECK(!is_common_password(std::string(128, 'x')));  // on nobody's list
}
