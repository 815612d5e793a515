#include "domain/import_products.hpp"

#include <algorithm>
#include <utility>

#include <mercato/error/error.hpp>

namespace catalog {
namespace {

constexpr std::size_t kBatchLines = 250;
// A statement of PostgreSQL keeps one processor busy, and there are two at least.
constexpr std::size_t kWriters = 2;
constexpr std::size_t kBatchBytes = 1024 * 1024;
constexpr std::size_t kTidyFrom = 1'000;  // products that were written
constexpr std::size_t kMaxLines = 100'000;
constexpr std::size_t kMaxLineBytes = 256 * 1024;
constexpr std::size_t kMaxFaults = 1'000;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

void ImportProducts::feed(std::string_view piece) {
  stop_if_late();
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    const auto part = piece.substr(0, end);
    if (partial_.size() + part.size() > kMaxLineBytes) {
      too_long_ = true;
      partial_.clear();
    } else if (!too_long_) {
      partial_.append(part);
    }
    if (end == std::string_view::npos) return;
    take_line(std::exchange(partial_, {}));
    piece.remove_prefix(end + 1);
  }
}

ImportSummary ImportProducts::finish() {
  if (!partial_.empty() || too_long_) take_line(std::exchange(partial_, {}));
  write_batch();
  while (!writing_.empty()) await_oldest();
  if (summary_.created + summary_.updated >= kTidyFrom) importer_.tidy_up();
  keep_first_faults();
  return std::move(summary_);
}

void ImportProducts::stop_if_late() const {
  if (!deadline_.expired()) return;
  throw mercato::unavailable("The import took too long. What was written stays: send it again.");
}

void ImportProducts::take_line(std::string_view line) {
  ++line_;
  if (std::exchange(too_long_, false)) {
    fail(line_, {"too_long", "A line may have at most 256 KiB."});
    return;
  }
  if (is_blank(line)) return;
  if (line_ > kMaxLines) {
    fail(line_, {"out_of_range", "An import takes at most 100,000 lines."});
    return;
  }
  auto parsed = parse_(line);
  if (auto* fault = std::get_if<LineFault>(&parsed)) {
    fail(line_, std::move(*fault));
    return;
  }
  auto& product = std::get<NewProduct>(parsed);
  // The same SKU twice is two changes, one after the other.
  if (batch_.skus.count(product.sku) > 0 || batch_.products.size() == kBatchLines ||
      batch_.bytes + line.size() > kBatchBytes) {
    write_batch();
  }
  batch_.skus.insert(product.sku);
  batch_.bytes += line.size();
  batch_.products.push_back(std::move(product));
  batch_.lines.push_back(line_);
}

void ImportProducts::fail(std::size_t line, LineFault fault) {
  ++summary_.failed;
  summary_.faults.push_back({line, std::move(fault)});
  if (summary_.faults.size() == 2 * kMaxFaults) keep_first_faults();
}

// Lines that cannot be read are known before their batch is written: the first faults are not those
// that were found first.
void ImportProducts::keep_first_faults() {
  auto& faults = summary_.faults;
  std::sort(faults.begin(), faults.end(),
            [](const auto& a, const auto& b) { return a.line < b.line; });
  if (faults.size() > kMaxFaults) faults.resize(kMaxFaults);
}

void ImportProducts::write_batch() {
  if (batch_.products.empty()) return;
  while (writing_.size() == kWriters || is_being_written(batch_.skus)) await_oldest();
  stop_if_late();
  auto& batch = writing_.emplace_back(std::exchange(batch_, {}));
  batch.results = std::async(std::launch::async, [this, &products = batch.products] {
    return importer_.upsert(products, trace_id_, deadline_);
  });
}

bool ImportProducts::is_being_written(const std::unordered_set<std::string>& skus) const {
  return std::any_of(writing_.begin(), writing_.end(), [&](const Batch& batch) {
    return std::any_of(skus.begin(), skus.end(),
                       [&](const auto& sku) { return batch.skus.count(sku) > 0; });
  });
}

void ImportProducts::await_oldest() {
  const auto results = writing_.front().results.get();
  const auto batch = std::move(writing_.front());
  writing_.pop_front();
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (const auto* fault = std::get_if<LineFault>(&results[i])) {
      fail(batch.lines[i], *fault);
      continue;
    }
    switch (std::get<ImportedAs>(results[i])) {
      case ImportedAs::created: ++summary_.created; break;
      case ImportedAs::updated: ++summary_.updated; break;
      case ImportedAs::unchanged: ++summary_.unchanged; break;
    }
  }
}

}  // namespace catalog
