#include "storage/search_text.hpp"

#include <algorithm>
#include <string_view>

#include <mercato/json/utf8.hpp>

namespace catalog::storage {
namespace {

// What PostgreSQL ends a word at, where all blanks are this one.
constexpr std::string_view kEnds = " \"!&|()";

/// Whether PostgreSQL takes the character for a blank (iswspace of glibc): what Unicode calls one,
/// but for those that keep two words together.
bool is_blank(char32_t c) {
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200A && c != 0x2007) || c == 0x2028 || c == 0x2029 ||
         c == 0x205F || c == 0x3000;
}

std::string with_plain_blanks(std::string_view text) {
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto [value, size] = mercato::json::decode_at(text, at);
    const auto bytes = std::max<std::size_t>(size, 1);
    result.append(is_blank(value) ? " " : text.substr(at, bytes));
    at += bytes;
  }
  return result;
}

bool is_hyphens(std::string_view word) {
  return !word.empty() && word.find_first_not_of('-') == std::string_view::npos;
}

/// Whether PostgreSQL might take the beginning of this word for its operator. Which words it does
/// depends on what the database's locale calls a letter; the others may be taken for such, too.
bool begins_with_or(std::string_view word) {
  const auto is_letter = [](char c, char small) { return c == small || c == small - 'a' + 'A'; };
  return word.size() >= 2 && is_letter(word[0], 'o') && is_letter(word[1], 'r');
}

}  // namespace

SearchText read_search_text(const std::string& written) {
  const auto text = with_plain_blanks(written);
  SearchText result;
  bool in_phrase = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(kEnds, at), text.size());
    const auto word = std::string_view(text).substr(at, end - at);
    const bool stands_alone = end == text.size() || text[end] == ' ';
    if (in_phrase) {
      result.websearch.append(word);
    } else if (begins_with_or(word)) {
      result.websearch.append(",").append(word);  // a comma means nothing, but begins the word
    } else if (!is_hyphens(word) || !stands_alone) {
      result.websearch.append(word);
      if (!word.empty() && word.front() == '-') result.is_plain = false;
    }
    if (end == text.size()) break;
    if (text[end] == '"') {
      in_phrase = !in_phrase;
      result.is_plain = false;
    }
    result.websearch.push_back(text[end]);
    at = end + 1;
  }
  return result;
}

}  // namespace catalog::storage
