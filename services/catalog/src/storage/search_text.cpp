#include "storage/search_text.hpp"

#include <algorithm>
#include <string_view>

namespace catalog::storage {
namespace {

// What PostgreSQL ends a word at.
constexpr std::string_view kEnds = " \"!&|()";

bool is_hyphens(std::string_view word) {
  return !word.empty() && word.find_first_not_of('-') == std::string_view::npos;
}

/// Whether PostgreSQL takes the beginning of this word for its operator.
bool begins_with_or(std::string_view word) {
  const auto is_letter = [](char c, char small) { return c == small || c == small - 'a' + 'A'; };
  if (word.size() < 2 || !is_letter(word[0], 'o') || !is_letter(word[1], 'r')) return false;
  if (word.size() == 2) return true;
  const auto next = static_cast<unsigned char>(word[2]);
  const bool goes_on = next >= 0x80 || next == '-' || next == '_' || (next >= '0' && next <= '9') ||
                       (next >= 'A' && next <= 'Z') || (next >= 'a' && next <= 'z');
  return !goes_on;
}

}  // namespace

SearchText read_search_text(const std::string& text) {
  SearchText result;
  bool in_phrase = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(kEnds, at), text.size());
    const auto word = std::string_view(text).substr(at, end - at);
    const bool stands_alone = end == text.size() || text[end] == ' ';
    if (in_phrase) {
      result.websearch.append(word);
    } else if (begins_with_or(word)) {
      result.websearch.append("\"").append(word.substr(0, 2)).append("\"").append(word.substr(2));
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
