#include <algorithm>
#include <array>
#include <string>

#include "domain/password_policy.hpp"

namespace user {
namespace {

// Lists of guesses hold hardly anything longer than this, or beyond ASCII.
constexpr std::size_t kLongestCommon = 24;
// Dates and telephone numbers; more digits than these are no number that anybody knows by heart.
constexpr std::size_t kLongestNumber = 16;
constexpr std::size_t kLongestUnit = 4;

/// What fingers run along, in either direction.
constexpr std::array<std::string_view, 12> kRuns = {
    "012345678901234567890123",
    "112233445566778899001122",
    "111222333444555666777888999000",
    "abcdefghijklmnopqrstuvwxyz",
    "abc123abc123abc123abc123",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p1q2w",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujmikolp",
};

/// Words that passwords are made of, in order. Alone, repeated, or between digits and marks they
/// protect nothing, however long the padding.
constexpr std::array<std::string_view, 194> kWords = {
    "aaron",     "abcd",          "abcdef",     "access",    "account",     "adidas",
    "admin",     "administrator", "alexander",  "alexis",    "amanda",      "amazon",
    "america",   "andrea",        "andrew",     "angel",     "angela",      "anthony",
    "apple",     "archangel",     "arsenal",    "asdf",      "asdfgh",      "asdfghjkl",
    "ashley",    "austin",        "babygirl",   "badboy",    "bailey",      "banana",
    "barcelona", "baseball",      "basketball", "batman",    "beautiful",   "benjamin",
    "blessed",   "blink",         "brandon",    "buster",    "butterfly",   "changeit",
    "changeme",  "charlie",       "charlotte",  "cheese",    "chelsea",     "chicken",
    "chocolate", "christian",     "christina",  "christmas", "christopher", "computer",
    "cookie",    "cooper",        "corvette",   "daniel",    "database",    "default",
    "demo",      "diamond",       "dolphin",    "donald",    "dragon",      "eagles",
    "elephant",  "elizabeth",     "eminem",     "facebook",  "family",      "ferrari",
    "flower",    "football",      "forever",    "freedom",   "friends",     "gandalf",
    "gateway",   "george",        "ginger",     "google",    "guest",       "guitar",
    "hallo",     "hannah",        "harley",     "heather",   "hello",       "helloworld",
    "hockey",    "hunter",        "iceman",     "ihateyou",  "iloveyou",    "internet",
    "jackson",   "jasmine",       "jennifer",   "jessica",   "jesus",       "jonathan",
    "jordan",    "joshua",        "justin",     "killer",    "kimberly",    "letmein",
    "linkedin",  "liverpool",     "login",      "lovely",    "loveme",      "loveyou",
    "maggie",    "manager",       "manchester", "maria",     "martin",      "master",
    "matrix",    "matthew",       "melissa",    "mercedes",  "michael",     "michelle",
    "microsoft", "minecraft",     "monkey",     "monster",   "mustang",     "naruto",
    "nicholas",  "nicole",        "ninja",      "nothing",   "online",      "operator",
    "orange",    "pass",          "passwd",     "password",  "passwort",    "patrick",
    "peanut",    "pepper",        "phoenix",    "pokemon",   "porsche",     "princess",
    "purple",    "qwer",          "qwert",      "qwerty",    "qwertyuiop",  "qwertz",
    "rainbow",   "ranger",        "realmadrid", "rebecca",   "richard",     "robert",
    "rockyou",   "root",          "samantha",   "samsung",   "scooter",     "secret",
    "server",    "shadow",        "slipknot",   "soccer",    "spiderman",   "starwars",
    "steven",    "summer",        "sunshine",   "superman",  "support",     "tennis",
    "test",      "testing",       "thomas",     "tigger",    "trustno",     "user",
    "victoria",  "welcome",       "whatever",   "william",   "winter",      "yankees",
    "zxcvbn",    "zxcvbnm",
};

/// Lower case, and letters for the digits and marks that are put in their place.
std::string plain(std::string_view text) {
  constexpr std::string_view kDisguised = "013457@$";
  constexpr std::string_view kMeant = "oleastas";
  std::string letters;
  for (const char c : text) {
    const auto found = kDisguised.find(c);
    if (found != std::string_view::npos) {
      letters.push_back(kMeant[found]);
    } else {
      letters.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
  }
  return letters;
}

std::string lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return copy;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Without the digits and marks around it.
std::string_view core_of(std::string_view text) {
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
  return text;
}

/// Whether it is `unit` again and again; the last one may be cut short.
bool repeats(std::string_view text, std::size_t unit) {
  for (std::size_t at = unit; at < text.size(); ++at) {
    if (text[at] != text[at - unit]) return false;
  }
  return true;
}

bool is_repetition(std::string_view text) {
  for (std::size_t unit = 1; unit <= kLongestUnit; ++unit) {
    if (repeats(text, unit)) return true;
  }
  return false;
}

bool is_run(const std::string& text) {
  const std::string backwards(text.rbegin(), text.rend());
  return std::any_of(kRuns.begin(), kRuns.end(), [&](std::string_view run) {
    return run.find(text) != std::string_view::npos ||
           run.find(backwards) != std::string_view::npos;
  });
}

bool is_word(std::string_view text) {
  return std::binary_search(kWords.begin(), kWords.end(), text);
}

/// One popular word, or the same one several times.
bool is_popular(std::string_view text) {
  for (std::size_t unit = kLongestUnit; unit <= text.size(); ++unit) {
    if (text.size() % unit == 0 && is_word(text.substr(0, unit)) && repeats(text, unit))
      return true;
  }
  return false;
}

}  // namespace

bool is_common_password(std::string_view password) {
  if (password.size() > kLongestCommon || !is_ascii(password)) return false;
  const auto text = lower(password);
  if (is_repetition(text) || is_run(text)) return true;
  const auto core = core_of(password);
  if (core.empty()) return password.size() <= kLongestNumber;
  return is_popular(plain(core)) || is_popular(plain(password));
}

}  // namespace user
