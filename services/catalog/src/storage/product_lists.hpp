#pragma once

#include <string>
#include <vector>

#include <mercato/db/statement.hpp>

#include "domain/product_repository.hpp"

namespace catalog::storage {

/// What a list is made of: one run of products after the other.
enum class Run {
  newest,
  price,
  price_descending,
  name,
  sold,              // bestselling: those with a rank in the generation,
  unsold,            // and those without one
  same_name,         // relevance: the text is the name or the SKU,
  in_name,           // all its words are in those,
  in_anything,       // all its words are somewhere,
  near_in_name,      // its words are only nearly there, in those,
  near_in_anything,  // or somewhere
};

/// The runs of a list in their order.
[[nodiscard]] const std::vector<Run>& runs_of(ProductSort sort);

/// A text that is searched for, as tsquery in PostgreSQL's text format.
struct SearchTerms {
  std::string text;            // as it was given
  bool is_plain = true;        // see SearchText
  bool only_excludes = false;  // no word is asked for
  std::string exact;           // its words
  std::string forgiving;       // or what is near them, if that was read
  std::string near;            // what is near them
  std::string only_near;       // that, but for where they are
};

/// Whether it is worth a try to look at the first of a run alone.
[[nodiscard]] bool may_be_common(Run run, const SearchTerms& terms);

/// How much of a run is looked at.
enum class Reach {
  /// All of it. With a text, what matches is read whole, then sorted: what that costs depends on
  /// how many match.
  all,
  /// The first thousands in its order only: quick when many match, and when it finds enough it has
  /// found the same.
  first,
};

/// Everything that a run is asked for.
struct RunQuery {
  Run run;
  Reach reach;
  const ProductFilter& filter;
  const std::vector<CategoryId>& categories;  // any of them, if the filter names one
  const SearchTerms& terms;                   // if the filter has a text
  std::int64_t sales = 0;                     // the generation of ranks, if those decide
  std::optional<Position> after;  // within this run
  std::size_t limit = 0;
};

/// A run's statement, made for the filters that are set: each combination is a statement of its
/// own, so that its plan depends on what is asked for. Those that are asked for all the time are
/// prepared; where the best plan depends on the values, it is planned for them. The statement lives
/// as long as the process. From any thread.
struct RunStatement {
  const mercato::db::Statement& statement;
  std::vector<mercato::db::Parameter> parameters;  // borrow from the query
};
[[nodiscard]] RunStatement statement_of(const RunQuery& query);

}  // namespace catalog::storage
