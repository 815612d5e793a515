#pragma once

#include <mercato/http/router.hpp>
#include <mercato/idempotency/idempotency.hpp>

#include "domain/category.hpp"

namespace catalog::api {

class CategoryHandlers {
 public:
  CategoryHandlers(CategoryRepository& categories, mercato::idempotency::Guard& guard)
      : categories_(categories), guard_(guard) {}

  mercato::http::Answer list_categories(const mercato::http::Request& request);
  mercato::http::Answer create_category(const mercato::http::Request& request);

 private:
  CategoryRepository& categories_;
  mercato::idempotency::Guard& guard_;
};

}  // namespace catalog::api
