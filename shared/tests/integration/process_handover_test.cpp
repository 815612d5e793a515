#include <support/catch.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "support/await.hpp"
#include "support/child_process.hpp"
#include "support/postgres_server.hpp"
#include "support/service_process.hpp"
#include "support/workspace.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;
using test::ServiceProcess;

namespace {

ServiceProcess::Environment handover_environment(const std::string& handover_socket) {
  const auto url = PostgresServer::shared().create_database();
  REQUIRE(ServiceProcess::run(SAMPLE_BINARY, {"migrate"}, {{"DATABASE_URL", url}}).exit_code == 0);
  return {{"DATABASE_URL", url}, {"REDIS_URL", ""}, {"HANDOVER_SOCKET", handover_socket}};
}

/// A second process with the ports of the first.
class Successor {
 public:
  Successor(const ServiceProcess& first, ServiceProcess::Environment environment)
      : process_({.arguments = {SAMPLE_BINARY, "serve"},
                  .environment = with_ports(first, std::move(environment)),
                  .log_path = directory_.path() + "/log",
                  .run_as = {}}) {}
  [[nodiscard]] bool running() { return process_.running(); }
  [[nodiscard]] std::optional<int> wait() { return process_.wait(20s); }
  [[nodiscard]] std::string log() const { return test::tail_of(directory_.path() + "/log"); }

 private:
  static ServiceProcess::Environment with_ports(const ServiceProcess& first,
                                                ServiceProcess::Environment environment) {
    environment["PORT"] = std::to_string(first.port());
    environment["HEALTH_PORT"] = std::to_string(first.health_port());
    return environment;
  }
  test::TempDirectory directory_;
  test::ChildProcess process_;
};

/// Calls again and again, each time on a connection of its own, until it is stopped.
class SteadyCaller {
 public:
  explicit SteadyCaller(const ServiceProcess& service)
      : thread_([this, &service] {
          while (!stopped_) {
            const auto answer = service.call({.target = "/api/v1/notes/count"});
            ++(answer.status == 200 ? answered_ : failed_);
          }
        }) {}
  ~SteadyCaller() {
    stopped_ = true;
    thread_.join();
  }
  [[nodiscard]] int answered() const { return answered_; }
  [[nodiscard]] int failed() const { return failed_; }

 private:
  std::atomic<bool> stopped_{false};
  std::atomic<int> answered_{0};
  std::atomic<int> failed_{0};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a successor takes over the ports without a request being lost", "[process]") {
  const test::TempDirectory directory;
  const auto settings = handover_environment(directory.path() + "/handover");
  ServiceProcess first(SAMPLE_BINARY, settings);
  const SteadyCaller one(first);
  const SteadyCaller two(first);
  REQUIRE(test::await([&] { return one.answered() > 50; }));

  Successor second(first, settings);
  REQUIRE(test::await([&] { return !first.running(); }, 20s));
  const int before = one.answered();
  REQUIRE(test::await([&] { return one.answered() > before + 50; }));
  CHECK(test::call(first.health_port(), {.target = "/readyz"}).status == 200);
  CHECK(one.failed() == 0);
  CHECK(two.failed() == 0);
  CHECK_THAT(first.log(), ContainsSubstring("stopped"));

  Successor third(first, settings);
  CHECK(second.wait() == 0);
  CHECK(third.running());
  CHECK(first.call({.target = "/api/v1/notes/count"}).status == 200);
}

TEST_CASE("a successor that does not become ready changes nothing", "[process]") {
  const test::TempDirectory directory;
  const auto settings = handover_environment(directory.path() + "/handover");
  ServiceProcess first(SAMPLE_BINARY, settings);
  auto wrong = settings;
  wrong["DATABASE_URL"] = PostgresServer::shared().create_database();  // without a schema

  Successor second(first, wrong);
  CHECK(second.wait() == 1);
  REQUIRE(first.running());
  CHECK(test::call(first.health_port(), {.target = "/readyz"}).status == 200);
  CHECK(first.call({.target = "/api/v1/notes/count"}).status == 200);

  Successor third(first, settings);
  CHECK(test::await([&] { return !first.running(); }, 20s));
}

TEST_CASE("a service asks itself whether it is ready", "[process]") {
  const test::TempDirectory directory;
  auto settings = handover_environment(directory.path() + "/handover");
  ServiceProcess service(SAMPLE_BINARY, settings);
  settings["PORT"] = std::to_string(service.port());
  settings["HEALTH_PORT"] = std::to_string(service.health_port());
  CHECK(ServiceProcess::run(SAMPLE_BINARY, {"ready"}, settings).exit_code == 0);
  service.kill();
  CHECK(ServiceProcess::run(SAMPLE_BINARY, {"ready"}, settings).exit_code == 1);
}
