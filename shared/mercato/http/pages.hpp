#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mercato/http/problem.hpp"
#include "mercato/http/query.hpp"
#include "mercato/json/json.hpp"

namespace mercato::http {

/// One page of a list that is walked by id, newest first: `limit` and `cursor`, and the answer. The
/// cursor is bound to the filters that the list was asked with.
template <class IdType>
class PageRequest {
 public:
  /// Finishes `query`: Error 400 for anything wrong in it, or in the cursor.
  PageRequest(const Request& request, QueryReader& query,
              std::initializer_list<std::string_view> filters = {})
      : limit_(query.limit()), filters_(request.path) {
    query.finish();
    for (const auto filter : filters) {
      filters_.append("&").append(filter).append("=").append(request.query(filter).value_or(""));
    }
    const auto cursor = shown_cursor(request);
    if (!cursor) return;
    const auto key = decode_cursor(*cursor, filters_);
    before_ = key.size() == 1 ? IdType::parse(key.front()) : std::nullopt;
    if (!before_) throw invalid_cursor();
  }

  [[nodiscard]] std::optional<IdType> before() const { return before_; }
  /// How many rows to read: one more than are shown tells whether there is another page.
  [[nodiscard]] std::size_t rows() const { return limit_ + 1; }

  /// `to_json(row)` for each that is shown, and the cursor after the last one by its `id`.
  template <class Row, class Render>
  [[nodiscard]] Response render(const std::vector<Row>& rows, const Render& to_json) const {
    return render_first(limit_, rows, to_json, rows.size() > limit_);
  }

  /// As render(), for a page that ends sooner: all of `rows`, one at least, and there are others.
  template <class Row, class Render>
  [[nodiscard]] Response render_short(const std::vector<Row>& rows, const Render& to_json) const {
    return render_first(rows.size(), rows, to_json, true);
  }

 private:
  template <class Row, class Render>
  [[nodiscard]] Response render_first(std::size_t count, const std::vector<Row>& rows,
                                      const Render& to_json, bool more) const {
    auto data = json::Value::array();
    for (const auto& row : rows) {
      if (data.size() == count) break;
      data.push_back(to_json(row));
    }
    auto page = json::Value::object();
    page["data"] = std::move(data);
    page["next_cursor"] = nullptr;
    if (more) page["next_cursor"] = encode_cursor({rows[count - 1].id.str()}, filters_);
    return json_response(page);
  }

  std::size_t limit_;
  std::string filters_;
  std::optional<IdType> before_;
};

}  // namespace mercato::http
