#pragma once

#include <mercato/http/router.hpp>

#include "domain/category.hpp"

namespace catalog::api {

class CategoryHandlers {
 public:
  explicit CategoryHandlers(CategoryRepository& categories) : categories_(categories) {}

  mercato::http::Answer list_categories(const mercato::http::Request& request);
  mercato::http::Answer create_category(const mercato::http::Request& request);

 private:
  CategoryRepository& categories_;
};

}  // namespace catalog::api
