#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "records.hpp"

namespace psp {

/// The fields of an application/x-www-form-urlencoded body (URL standard, section 5.1), decoded;
/// nested ones keep their brackets: "metadata[order_id]". The last of two with one name counts.
class Form {
 public:
  /// Nothing if an escape is malformed.
  [[nodiscard]] static std::optional<Form> parse(std::string_view body);

  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  /// As text(), but an empty one is none.
  [[nodiscard]] std::optional<std::string> non_empty(std::string_view name) const;
  [[nodiscard]] bool is_true(std::string_view name) const { return text(name) == "true"; }
  /// Whether `name[]` or `name[0]` … holds `value`.
  [[nodiscard]] bool lists(std::string_view name, std::string_view value) const;
  [[nodiscard]] Metadata metadata() const;

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

}  // namespace psp
