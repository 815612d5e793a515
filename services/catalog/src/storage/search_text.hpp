#pragma once

#include <string>

namespace catalog::storage {

/// A text that somebody searches for, as websearch_to_tsquery() takes it: words, "phrases", and
/// what shall not be found after a hyphen. Nothing else has a meaning there: neither a hyphen
/// between blanks, which names have ("Kettle - Blue"), nor the word "or". Any blank is one.
struct SearchText {
  std::string websearch;
  /// Whether it is words and nothing else: what is quoted or excluded is meant as it is written.
  bool is_plain = true;
};

[[nodiscard]] SearchText read_search_text(const std::string& written);

}  // namespace catalog::storage
