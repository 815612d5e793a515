#include "form.hpp"

#include <charconv>

namespace psp {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto digits = text.substr(i + 1, 2);
    unsigned byte = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() < 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded;
}

}  // namespace

std::optional<Form> Form::parse(std::string_view body) {
  Form form;
  while (!body.empty()) {
    const auto pair = body.substr(0, body.find('&'));
    body.remove_prefix(pair.size() == body.size() ? pair.size() : pair.size() + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = decode(pair.substr(0, equals));
    auto value = decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    form.fields_[std::move(*name)] = std::move(*value);
  }
  return form;
}

std::optional<std::string> Form::text(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> Form::non_empty(std::string_view name) const {
  auto value = text(name);
  return value && value->empty() ? std::nullopt : value;
}

bool Form::lists(std::string_view name, std::string_view value) const {
  const auto prefix = std::string(name) + '[';
  for (auto it = fields_.lower_bound(prefix);
       it != fields_.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
    if (it->second == value) return true;
  }
  return false;
}

Metadata Form::metadata() const {
  static constexpr std::string_view kPrefix = "metadata[";
  Metadata metadata;
  for (auto it = fields_.lower_bound(kPrefix); it != fields_.end(); ++it) {
    const std::string_view name = it->first;
    if (name.substr(0, kPrefix.size()) != kPrefix) break;
    if (name.back() != ']') continue;
    metadata.emplace_back(name.substr(kPrefix.size(), name.size() - kPrefix.size() - 1),
                          it->second);
  }
  return metadata;
}

}  // namespace psp
