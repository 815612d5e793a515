// The smallest service that is one: what tests of mercato/process start as a process.
#include <unistd.h>

#include <iostream>
#include <memory>
#include <vector>

#include "mercato/db/pool.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/process/service.hpp"

namespace {

using namespace mercato;

constexpr db::Statement kCountNotes{"count_notes", "SELECT count(*) AS n FROM note"};

class SampleApp : public process::App {
 public:
  explicit SampleApp(const settings::Settings& settings) : pool_(options(settings)) {}

  void start() override {}
  void stop() override {}

  http::Router routes() override {
    http::Router router;
    router.add(http::Method::get, "/api/v1/notes/count",
               http::RouteOptions{.access = http::Access::anonymous},
               [this](const http::Request&) -> http::Answer {
                 const auto result = pool_.execute(kCountNotes);
                 return http::json_response({{"count", db::integer(result[0], "n")}});
               });
    return router;
  }

  http::Authenticate authenticate() override { return {}; }

  http::Readiness ready() override {
    return {pool_.healthy(), pool_.healthy() ? "" : "no database"};
  }

 private:
  static db::PoolOptions options(const settings::Settings& settings) {
    db::PoolOptions options;
    options.url = settings.text("DATABASE_URL");
    options.application_name = "sample";
    options.size = static_cast<std::size_t>(settings.integer("DB_POOL_SIZE"));
    return options;
  }

  db::Pool pool_;
};

}  // namespace

int main(int argc, char** argv) {
  process::Service service;
  service.name = "sample";
  service.settings = {{.name = "GREETING", .default_value = "hello", .meaning = "What to print."}};
  service.make_app = [](const settings::Settings& settings) {
    return std::make_unique<SampleApp>(settings);
  };
  service.commands["greet"] = [](const settings::Settings& settings,
                                 const std::vector<std::string>& arguments) {
    std::cout << settings.text("GREETING") << ' ' << arguments.at(0) << '\n';
    return 0;
  };
  return process::run(service, argc, argv);
}
