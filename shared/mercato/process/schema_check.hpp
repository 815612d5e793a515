#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mercato/db/migrator.hpp"

namespace mercato::process {

/// Finds out, in a thread of its own, whether the database has the schema that this release needs,
/// and goes on asking while the database does not answer: a service whose database is away starts
/// anyway and serves when it is back. From any thread.
class SchemaCheck {
 public:
  SchemaCheck(std::string url, std::vector<db::Migration> migrations);
  ~SchemaCheck();
  SchemaCheck(const SchemaCheck&) = delete;
  SchemaCheck& operator=(const SchemaCheck&) = delete;

  enum class Verdict { right, wrong };
  /// Nothing if it is not known within `patience`.
  [[nodiscard]] std::optional<Verdict> wait(std::chrono::milliseconds patience);
  /// Empty once the schema is right, else what is the matter.
  [[nodiscard]] std::string problem() const;

 private:
  void run();
  void decide(Verdict verdict, const std::string& problem);

  const std::string url_;
  const std::vector<db::Migration> migrations_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::optional<Verdict> verdict_;
  std::string problem_ = "the schema was not checked yet";
  std::thread thread_;
};

}  // namespace mercato::process
