#include "storage/pg_category_repository.hpp"

#include <mercato/error/error.hpp>

namespace catalog::storage {

namespace db = mercato::db;

constexpr db::Statement kList{"list_categories",
                              "SELECT id, slug, name, parent_id FROM category ORDER BY slug"};

std::vector<Category> PgCategoryRepository::list() {
  std::vector<Category> categories;
  for (const auto& row : pool_.execute(kList)) {
    const auto parent = db::optional_uuid(row, "parent_id");
    categories.push_back({db::id<CategoryId>(row, "id"), db::text(row, "slug"),
                          db::text(row, "name"),
                          parent ? std::optional<CategoryId>(*parent) : std::nullopt});
  }
  return categories;
}

constexpr db::Statement kInsertCategory{
    "insert_category",
    "INSERT INTO category (id, slug, name, parent_id) VALUES ($1, $2, $3, $4)"};

void insert_category(db::Transaction& transaction, const Category& category) {
  try {
    transaction.execute(kInsertCategory, category.id, category.slug, category.name,
                        category.parent);
  } catch (const db::ConstraintViolation& violation) {
    if (violation.constraint() == "category_slug_taken") {
      throw mercato::Error(mercato::ErrorKind::conflict, "slug_taken",
                           "Another category has this slug.");
    }
    if (violation.constraint() == "category_parent") {
      throw mercato::validation_failed(
          {{"/parent_id", "category_not_found", "No such category."}});
    }
    throw;
  }
}

}  // namespace catalog::storage
