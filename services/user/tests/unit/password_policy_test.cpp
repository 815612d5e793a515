#include <support/catch.hpp>

#include <string>

#include <mercato/json/spelling.hpp>

#include "domain/password_policy.hpp"

using namespace user;

namespace {

bool is_weak(const std::string& password, const std::string& email_key = "") {
  return weakness_of({password, mercato::json::spelling_key(password)}, email_key).has_value();
}

}  // namespace

TEST_CASE("a password needs twelve characters of any script", "[password_policy]") {
  CHECK(is_weak("elevenchars"));
  CHECK(!is_weak("twelve-chars"));
  CHECK(is_weak("ключомкраду"));  // eleven, in twenty-two bytes
  CHECK(!is_weak("ключомкрадут"));
}

TEST_CASE("a password is not the e-mail address nor the name in it", "[password_policy]") {
  const std::string ada = "ada.lovelace@example.com";
  CHECK(is_weak("ADA.lovelace@Example.com", ada));
  CHECK(is_weak("  ada.lovelace@example.com\t", ada));
  CHECK(is_weak("ada.lovelace", ada));
  CHECK(is_weak("J\u00d6RG.M\u00dcLLER@EXAMPLE.DE", "j\u00f6rg.m\u00fcller@example.de"));
  CHECK(is_weak("jo\u0308rg.mu\u0308ller@example.de", "j\u00f6rg.m\u00fcller@example.de"));
  CHECK(!is_weak("ada.lovelace is here", ada));
}

TEST_CASE("what guessers try first is common", "[password_policy]") {
  for (const char* password :
       {// popular words, padded, disguised, repeated
        "password1234", "Password123!", "P@ssw0rd1234", "passwordpassword", "iloveyou1234",
        "administrator", "welcome12345", "monkeymonkey", "football2024!", "mypassword123",
        "thepassword1", "password1password1", "password1password2", "Password!Password",
        "P4ssword1P4ssword1", "hunter2hunter2", "unbelievable", "Unbelievable1",
        "correcthorsebatterystaple", "iloveyousomuch1",
        // what fingers run along
        "qwertyuiop12", "qwertyuiopas", "zxcvbnm12345", "123456789012", "987654321098",
        "abcdefghijkl", "012345678901", "123456789abc", "1234567890ab", "Abcdefg12345!",
        "1234qwerasdf", "abcd1234abcd", "qweasdzxc123", "zaq12wsxcde3", "1qaz2wsx3edc",
        "!QAZ2wsx3edc", "poiuytrewq12", "1q2w3e4r5t6y", "q1w2e3r4t5y6", "a1b2c3d4e5f6",
        "1a2b3c4d5e6f", "aabbccddeeff",
        // repetitions and numbers
        "aaaaaaaaaaaa", "aaaabbbbcccc", "abcabcabcabc", "121212121212", "19821982198219",
        "01-01-1990 00", "1111222233334444"}) {
    INFO(password);
    CHECK(is_common_password(password));
  }
}

TEST_CASE("what only looks simple is left alone", "[password_policy]") {
  for (const char* password :
       {"correct horse battery staple", "correct-horse-battery", "a phrase nobody guesses",
        "rain in november", "passing clouds over", "grandmother's teapot", "my blue bicycle",
        "treehouse-lantern-42", "qwerty-Tulpen-1953", "stuvwxyz tulip", "monday-tuesday-wed",
        "a1b2-c9d8-zz4k", "83019475620184637295", "tr0ub4dor&3xyz", "Xk8-pQ2m-vL5w",
        "Zq7!mfw0Lp2x"}) {
    INFO(password);
    CHECK(!is_common_password(password));
  }
  CHECK(!is_common_password(std::string(128, 'x')));  // on nobody's list
}
