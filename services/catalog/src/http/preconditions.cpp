#include "http/preconditions.hpp"

#include <string_view>
#include <vector>

#include <mercato/error/error.hpp>
#include <mercato/http/syntax.hpp>

namespace catalog::api {
namespace {

/// The tags of a list, without weakness marks and quotes.
std::vector<std::string> tags_of(std::string_view header) {
  std::vector<std::string> tags;
  while (true) {
    const auto comma = header.find(',');
    auto tag = mercato::http::syntax::trim(header.substr(0, comma));
    if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
    if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') {
      tag = tag.substr(1, tag.size() - 2);
    }
    tags.emplace_back(tag);
    if (comma == std::string_view::npos) return tags;
    header.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string etag_of(const ProductState& state) {
  return '"' + std::to_string(state.version) + '-' + std::to_string(state.available) + '"';
}

Precondition if_match(const mercato::http::Request& request) {
  const auto header = request.header("If-Match");
  if (!header || mercato::http::syntax::trim(*header).empty()) {
    throw mercato::Error(mercato::ErrorKind::precondition_required, "precondition_required",
                         "Send the product's ETag in If-Match.");
  }
  if (mercato::http::syntax::trim(*header) == "*") return [](const Product&) {};
  return [tags = tags_of(*header)](const Product& current) {
    const auto version = std::to_string(current.version);
    for (const auto& tag : tags) {
      if (tag.substr(0, tag.find('-')) == version) return;
    }
    throw mercato::Error(mercato::ErrorKind::precondition_failed, "precondition_failed",
                         "The product was changed since; read it again.");
  };
}

}  // namespace catalog::api
