#pragma once

#include <string_view>
#include <variant>

#include <mercato/json/reader.hpp>

#include "domain/category.hpp"
#include "domain/import_products.hpp"
#include "domain/product.hpp"

namespace catalog::api {

using Json = mercato::json::Value;

[[nodiscard]] Json to_json(const Money& money);
[[nodiscard]] Json to_json(const Category& category);
[[nodiscard]] Json to_json(const ImportSummary& summary);

// Bodies. Mistakes end in Error 400 or 422.
[[nodiscard]] NewProduct parse_new_product(std::string_view body);
[[nodiscard]] ProductChange parse_product_change(std::string_view body);
[[nodiscard]] Category parse_new_category(std::string_view body);
/// One line of an import: its first mistake instead of an Error.
[[nodiscard]] std::variant<NewProduct, LineFault> parse_import_line(std::string_view line);

}  // namespace catalog::api
