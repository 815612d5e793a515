#include "mercato/process/schema_check.hpp"

#include <csignal>
#include <unistd.h>
#include <utility>

#include "mercato/log/log.hpp"

namespace mercato::process {
namespace {

constexpr std::chrono::milliseconds kRetry{250};

}  // namespace

SchemaCheck::SchemaCheck(std::string url, std::vector<db::Migration> migrations)
    : url_(std::move(url)), migrations_(std::move(migrations)), thread_([this] { run(); }) {}

SchemaCheck::~SchemaCheck() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SchemaCheck::run() {
  const auto proceed = [this] {
    const std::lock_guard lock(mutex_);
    return !stopping_;
  };
  while (proceed()) {
    try {
      db::require_schema(url_, migrations_, proceed);
      return decide(Verdict::right, {});
    } catch (const db::WrongSchema& wrong) {
      return decide(Verdict::wrong, wrong.what());
    } catch (const std::exception& error) {
      std::unique_lock lock(mutex_);
      problem_ = error.what();
      changed_.wait_for(lock, kRetry, [this] { return stopping_; });
    }
  }
}

void SchemaCheck::decide(Verdict verdict, const std::string& problem) {
  {
    const std::lock_guard lock(mutex_);
    verdict_ = verdict;
    problem_ = problem;
  }
  changed_.notify_all();
  if (verdict == Verdict::right) return;
  log::error("wrong schema", {{"error", problem}});
  ::kill(::getpid(), SIGTERM);  // found late, it ends a service that is up already
}

std::optional<SchemaCheck::Verdict> SchemaCheck::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return verdict_.has_value(); });
  return verdict_;
}

std::string SchemaCheck::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

}  // namespace mercato::process
