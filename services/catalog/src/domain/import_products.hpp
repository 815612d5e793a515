#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

#include <mercato/clock/clock.hpp>

#include "domain/product.hpp"

namespace catalog {

/// Why one line was not taken.
struct LineFault {
  std::string code;
  std::string detail;
};

enum class ImportedAs { created, updated, unchanged };
using LineResult = std::variant<ImportedAs, LineFault>;

/// Writes a batch of products by SKU; one result for each, in order. A fault concerns its own line
/// alone. Called by two threads at once, for batches that have no SKU in common.
class ProductImporter {
 public:
  virtual ~ProductImporter() = default;
  [[nodiscard]] virtual std::vector<LineResult> upsert(const std::vector<NewProduct>& batch,
                                                       const std::string& trace_id,
                                                       mercato::Deadline deadline) = 0;
  /// After many were written: makes reads as quick as they will be. Never fails.
  virtual void tidy_up() = 0;
};

struct ImportSummary {
  struct Fault {
    std::size_t line = 0;  // counts from 1
    LineFault fault;
  };
  std::size_t created = 0;
  std::size_t updated = 0;
  std::size_t unchanged = 0;
  std::size_t failed = 0;
  std::vector<Fault> faults;  // the first 1,000
};

/// Imports a stream of lines with bounded memory: at most one line and three batches are held, two
/// that are being written and one that is being read meanwhile. One thread; fed with pieces of the
/// body as they arrive. Error 503 if it is not done by the deadline: what was written stays.
class ImportProducts {
 public:
  using Parse = std::function<std::variant<NewProduct, LineFault>(std::string_view line)>;

  ImportProducts(ProductImporter& importer, Parse parse, std::string trace_id,
                 mercato::Deadline deadline)
      : importer_(importer),
        parse_(std::move(parse)),
        trace_id_(std::move(trace_id)),
        deadline_(deadline) {}

  void feed(std::string_view piece);
  /// After the last piece.
  [[nodiscard]] ImportSummary finish();

 private:
  void stop_if_late() const;
  void take_line(std::string_view line);
  void fail(std::size_t line, LineFault fault);
  void keep_first_faults();
  struct Batch {
    std::vector<NewProduct> products;
    std::vector<std::size_t> lines;  // where each of them stood
    std::unordered_set<std::string> skus;
    std::size_t bytes = 0;
    std::future<std::vector<LineResult>> results;  // once it is being written; waits when destroyed
  };

  /// Begins to write the batch as soon as a writer is free and nobody else writes a SKU of it.
  void write_batch();
  [[nodiscard]] bool is_being_written(const std::unordered_set<std::string>& skus) const;
  void await_oldest();

  ProductImporter& importer_;
  Parse parse_;
  std::string trace_id_;
  mercato::Deadline deadline_;
  std::string partial_;
  bool too_long_ = false;
  std::size_t line_ = 0;
  Batch batch_;
  ImportSummary summary_;
  std::deque<Batch> writing_;  // the oldest first
};

}  // namespace catalog
