#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/product.hpp"

namespace catalog {

struct Category {
  CategoryId id;
  std::string slug;
  std::string name;
  std::optional<CategoryId> parent;
};

class CategoryRepository {
 public:
  virtual ~CategoryRepository() = default;
  /// All of them, parents not necessarily first, by slug.
  [[nodiscard]] virtual std::vector<Category> list() = 0;
};

/// 1..100 of a-z 0-9, single hyphens inside.
[[nodiscard]] bool is_slug(std::string_view text);
/// A slug made of a name: "Tea & Coffee" → "tea-coffee". Empty if nothing of the name can be used.
[[nodiscard]] std::string slug_of(std::string_view name);

}  // namespace catalog
