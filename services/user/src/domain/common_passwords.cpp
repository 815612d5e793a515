#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

#include "domain/password_policy.hpp"

namespace user {
namespace {

// Lists of guesses hold hardly anything longer than this, or beyond ASCII.
constexpr std::size_t kLongestCommon = 32;
// Dates and telephone numbers; more digits than these are no number that anybody knows by heart.
constexpr std::size_t kLongestNumber = 16;
constexpr std::size_t kLongestUnit = 4;
// What is left beside runs of so many characters protects nothing, if it is no more than that.
constexpr std::size_t kShortestRun = 3;
constexpr std::size_t kLeftOver = 3;

/// What fingers run along, in either direction.
constexpr std::array<std::string_view, 15> kRuns = {
    "012345678901234567890123",
    "112233445566778899001122",
    "111222333444555666777888999000",
    "!@#$%^&*()_+",
    "abcdefghijklmnopqrstuvwxyz",
    "abc123abc123abc123abc123",
    "aabbccddeeffgghhiijjkkllmmnnooppqqrrssttuuvvwwxxyyzz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p1q2w",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "qweasdzxcrtyfghvbnuiojklm",
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

/// Long words and phrases that are guessed as they are, alone or between digits and marks. Each has
/// a blank before and after it.
constexpr std::string_view kPhrases =
    " anniversary archaeologist architecture astronaut battlestar bodybuilding butterflies"
    " californication championship championships cheesecakes chocolatecake christianity"
    " christmastree communication communications concentration congratulation congratulations"
    " consciousness constantinople constellation contribution conversation"
    " correcthorsebatterystaple counterstrike dancingqueen determination disappointed disneyland"
    " distribution encyclopedia entertainment environment extraordinary extraterrestrial"
    " fantasyfootball fingerprints firefighter forgetmenot forgiveness frankenstein friendship"
    " fundamental grandfather grandmother grandparents greenapples happybirthday harrypotter"
    " headquarters hippopotamus hollywood homesweethome iamawesome iamthebest iamtheking iloveher"
    " ilovehim ilovejesus ilovemum ilovemybaby ilovemycat ilovemydad ilovemydog ilovemyfamily"
    " ilovemykids ilovemylife ilovemymom ilovemymum ilovemyself ilovemywife iloveyoubaby"
    " iloveyouforever iloveyoumore iloveyousomuch iloveyoutoo imagination independence"
    " infrastructure intelligence intelligent international introduction investigation jesuschrist"
    " jesusislord jesuslovesme justdoit justinbieber killerqueen kindergarten lamborghini"
    " leonardodavinci letmeinnow letmeinplease lifeisbeautiful lifeisgood lordoftherings"
    " lovemeforever loveyouforever manchestercity manchesterunited massachusetts masterpassword"
    " mathematics mediterranean metallica metamorphosis michaeljackson mickeymouse minnesota"
    " monkeybusiness motorcycles neighbourhood nevergiveup newcastle nosferatu notapassword"
    " onetwothree onetwothreefour opensesame passwordadmin passwordpassword philadelphia"
    " philosophical photographer photography photosynthesis playstation possibilities president"
    " princesses professional professionals programming pumpkinpie qualification rainbowdash"
    " realmadridcf redhotchilipeppers refrigerator relationship relationships responsibilities"
    " responsibility rockandroll rollercoaster satisfaction scandinavia schwarzenegger"
    " skateboarding snowboarding southampton spongebob spongebobsquarepants stratocaster"
    " strawberries subscription sunflowers supercalifragilistic superstars sweetheart sweethearts"
    " switzerland systemadministrator teenagemutantninja temporarypassword thebestpassword"
    " thelordoftherings thisisapassword thisismypassword thunderbirds thunderbolt thunderstorm"
    " tinkerbell tottenham tottenhamhotspur transformation transformers transportation"
    " troubleshooting tyrannosaurus unbelievable understanding unforgettable unitedkingdom"
    " unitedstates vegetarian victoriasecret volleyball warhammer washington watermelon welcomehome"
    " whatsupdoc whatthehell wonderland wonderwoman worldofwarcraft ";

/// What is put before a word without making it another one.
constexpr std::array<std::string_view, 4> kPrefixes = {"my", "new", "our", "the"};

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

/// Alike all through, or what fingers run along.
bool is_run(std::string_view text) {
  if (repeats(text, 1)) return true;
  const std::string backwards(text.rbegin(), text.rend());
  return std::any_of(kRuns.begin(), kRuns.end(), [&](std::string_view run) {
    return run.find(text) != std::string_view::npos ||
           run.find(backwards) != std::string_view::npos;
  });
}

/// Whether it falls into runs, but for so many characters.
bool is_made_of_runs(std::string_view text, std::size_t left_over) {
  std::vector<std::size_t> in_runs(text.size() + 1, 0);  // of the text up to here, at best
  for (std::size_t at = 0; at < text.size(); ++at) {
    in_runs[at + 1] = std::max(in_runs[at + 1], in_runs[at]);
    for (auto size = kShortestRun; at + size <= text.size(); ++size) {
      if (!is_run(text.substr(at, size))) break;
      in_runs[at + size] = std::max(in_runs[at + size], in_runs[at] + size);
    }
  }
  return in_runs.back() + left_over >= text.size();
}

/// Every second character, as in "a1b2c3d4e5f6".
std::string every_second(std::string_view text, std::size_t first) {
  std::string taken;
  for (std::size_t at = first; at < text.size(); at += 2) taken.push_back(text[at]);
  return taken;
}

bool is_typed_along(std::string_view text) {
  return is_made_of_runs(text, kLeftOver) ||
         (is_made_of_runs(every_second(text, 0), 1) && is_made_of_runs(every_second(text, 1), 1));
}

bool is_word(std::string_view text) {
  return std::binary_search(kWords.begin(), kWords.end(), text);
}

/// One popular word, or the same one several times.
bool is_popular_word(std::string_view text) {
  for (std::size_t unit = kLongestUnit; unit <= text.size(); ++unit) {
    if (text.size() % unit == 0 && is_word(text.substr(0, unit)) && repeats(text, unit))
      return true;
  }
  return false;
}

bool is_phrase(std::string_view text) {
  return text.find(' ') == std::string_view::npos &&
         kPhrases.find(' ' + std::string(text) + ' ') != std::string_view::npos;
}

bool is_popular(std::string_view text) {
  return is_popular_word(text) || is_phrase(text) ||
         std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) {
           return text.substr(0, prefix.size()) == prefix &&
                  is_popular_word(text.substr(prefix.size()));
         });
}

/// Whether a popular word is all that it says again and again, as in "P4ssword1P4ssword1".
bool repeats_a_word(std::string_view text) {
  for (std::size_t unit = kLongestUnit; unit <= text.size() / 2; ++unit) {
    if (repeats(text, unit) && is_popular(plain(core_of(text.substr(0, unit))))) return true;
  }
  return false;
}

std::string letters_of(std::string_view text) {
  std::string letters;
  std::copy_if(text.begin(), text.end(), std::back_inserter(letters), is_letter);
  return letters;
}

static_assert(std::is_sorted(kWords.begin(), kWords.end()));

}  // namespace

bool is_common_password(std::string_view password) {
  if (password.size() > kLongestCommon || !is_ascii(password)) return false;
  const auto text = lower(password);
  if (is_repetition(text) || is_typed_along(text) || repeats_a_word(text)) return true;
  const auto core = core_of(password);
  if (core.empty()) return password.size() <= kLongestNumber;
  return is_popular(plain(core)) || is_popular(plain(password)) ||
         is_popular_word(letters_of(text));
}

}  // namespace user
