#include "http/email_address.hpp"

#include <algorithm>
#include <cstddef>

#include <mercato/json/visible.hpp>

namespace user::api {
namespace {

constexpr std::size_t kMaxLocalBytes = 64;
constexpr std::size_t kMaxLabelBytes = 63;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// `atext` of RFC 5322 section 3.2.3.
bool is_local_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  return is_letter_or_digit(c) || kMarks.find(c) != std::string_view::npos;
}

/// Calls `is_good` for each part between dots; false if one is empty or not good.
template <class IsGood>
bool all_parts(std::string_view text, const IsGood& is_good) {
  while (true) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (part.empty() || !is_good(part)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_local_part(std::string_view text) {
  return text.size() <= kMaxLocalBytes && all_parts(text, [](std::string_view part) {
           return std::all_of(part.begin(), part.end(), is_local_character);
         });
}

bool is_domain(std::string_view text) {
  return text.find('.') != std::string_view::npos && all_parts(text, [](std::string_view label) {
           return label.size() <= kMaxLabelBytes && label.front() != '-' && label.back() != '-' &&
                  std::all_of(label.begin(), label.end(),
                              [](char c) { return c == '-' || is_letter_or_digit(c); });
         });
}

}  // namespace

bool is_email_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || text.size() > kMaxEmailLength) return false;
  return is_local_part(text.substr(0, at)) && is_domain(text.substr(at + 1)) &&
         !mercato::json::has_invisible(text);
}

}  // namespace user::api
