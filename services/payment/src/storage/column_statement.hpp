#pragma once

#include <array>
#include <cstddef>

#include <mercato/db/statement.hpp>

namespace payment::storage {

/// A statement in which each {} stands for a list of columns, so that the list is written once.
/// Columns are always named: a `*` in a prepared statement would stop working on the connections of
/// the running release when the next one's migration adds a column. Define as a constant.
template <std::size_t Size>
struct ColumnStatement {
  const char* name;
  std::array<char, Size> sql;

  operator mercato::db::Statement() const { return {name, sql.data()}; }
};

template <std::size_t Text, std::size_t Columns>
[[nodiscard]] constexpr auto with_columns(const char* name, const char (&text)[Text],
                                          const char (&columns)[Columns]) {
  constexpr std::size_t kMostLists = 2;
  ColumnStatement<Text + kMostLists * Columns> statement{name, {}};
  std::size_t end = 0;
  for (std::size_t i = 0; i + 1 < Text; ++i) {
    if (text[i] != '{' || text[i + 1] != '}') {
      statement.sql[end++] = text[i];
      continue;
    }
    for (std::size_t j = 0; j + 1 < Columns; ++j) statement.sql[end++] = columns[j];
    ++i;
  }
  return statement;
}

}  // namespace payment::storage
