#include <support/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "mercato/json/json.hpp"
#include "support/await.hpp"
#include "support/postgres_server.hpp"
#include "support/service_process.hpp"
#include "support/socket.hpp"
#include "support/workspace.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::PostgresServer;
using test::ServiceProcess;

namespace {

std::string migrated_database() {
  const auto url = PostgresServer::shared().create_database();
  REQUIRE(ServiceProcess::run(SAMPLE_BINARY, {"migrate"}, {{"DATABASE_URL", url}}).exit_code == 0);
  return url;
}

ServiceProcess::Environment environment(const std::string& url) {
  return {{"DATABASE_URL", url}, {"REDIS_URL", ""}};
}

}  // namespace

TEST_CASE("a service tells its version and its settings without any being set", "[process]") {
  const auto version = ServiceProcess::run(SAMPLE_BINARY, {"version"}, {});
  CHECK(version.exit_code == 0);
  CHECK(version.output == "sample 1.2.3\n");
  const auto settings = ServiceProcess::run(SAMPLE_BINARY, {"settings"}, {});
  CHECK(settings.exit_code == 0);
  CHECK_THAT(settings.output, ContainsSubstring("| `GREETING` | `hello` |"));
  CHECK_THAT(settings.output, ContainsSubstring("`DATABASE_URL_FILE`"));
}

TEST_CASE("bad settings are all told at once, with exit code 2", "[process]") {
  const auto finished =
      ServiceProcess::run(SAMPLE_BINARY, {"serve"}, {{"PORT", "70000"}, {"LOG_LEVEL", "loud"}});
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.output, ContainsSubstring("PORT"));
  CHECK_THAT(finished.output, ContainsSubstring("LOG_LEVEL"));
  CHECK_THAT(finished.output, ContainsSubstring("DATABASE_URL: required"));
}

TEST_CASE("a port with no other a thousand above it needs one for its health", "[process]") {
  auto settings = environment("postgresql://nowhere/none");
  settings["PORT"] = "64800";
  for (const char* const command : {"serve", "ready"}) {
    const auto finished = ServiceProcess::run(SAMPLE_BINARY, {command}, settings);
    CHECK(finished.exit_code == 2);
    CHECK_THAT(finished.output, ContainsSubstring("HEALTH_PORT: must be given"));
  }
}

TEST_CASE("a gateway's network that is none is a bad setting", "[process]") {
  auto settings = environment("postgresql://nowhere/none");
  settings["TRUSTED_GATEWAYS"] = "2001:db8::/32,10.0.0.0/33";
  const auto finished = ServiceProcess::run(SAMPLE_BINARY, {"serve"}, settings);
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.output, ContainsSubstring("TRUSTED_GATEWAYS: no network: 10.0.0.0/33"));
}

TEST_CASE("a database's URL that is none is a bad setting, and its password is not told",
          "[process]") {
  for (const char* const command : {"serve", "migrate", "greet"}) {
    const auto finished = ServiceProcess::run(SAMPLE_BINARY, {command},
                                              environment("postgresql://order:pa%ssW0rd@db/order"));
    CHECK(finished.exit_code == 2);
    CHECK_THAT(finished.output, ContainsSubstring("DATABASE_URL: no valid URL"));
    CHECK(finished.output.find("ssW0rd") == std::string::npos);
  }
}

TEST_CASE("an unknown subcommand is told what there is", "[process]") {
  const auto finished = ServiceProcess::run(SAMPLE_BINARY, {"dance"}, {});
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.output, ContainsSubstring("greet"));
}

TEST_CASE("a service's own subcommand gets settings and arguments", "[process]") {
  auto finished = ServiceProcess::run(SAMPLE_BINARY, {"greet", "you"},
                                      environment("postgresql://nowhere/none"));
  CHECK(finished.exit_code == 0);
  CHECK(finished.output == "hello you\n");
  CHECK(ServiceProcess::run(SAMPLE_BINARY, {"greet"}, environment("postgresql://x/y")).exit_code ==
        1);
}

TEST_CASE("a service serves, tells of itself and drains on SIGTERM", "[process]") {
  ServiceProcess service(SAMPLE_BINARY, environment(migrated_database()));
  CHECK(service.call({.target = "/api/v1/notes/count"}).body == R"({"count":0})");
  CHECK(service.call({.target = "/livez"}).status == 200);
  CHECK_THAT(service.call({.target = "/openapi.yaml"}).body, ContainsSubstring("title: Sample"));
  const auto metrics = test::call(service.health_port(), {.target = "/metrics"}).body;
  CHECK_THAT(metrics, ContainsSubstring(R"(build_info{service="sample",version="1.2.3"} 1)"));
  CHECK_THAT(metrics, ContainsSubstring("process_cpu_seconds_total"));
  CHECK(service.terminate() == 0);
}

TEST_CASE("a service that is bound to an IPv6 address is asked there", "[process]") {
  auto settings = environment(migrated_database());
  settings["BIND_ADDRESS"] = "::ffff:127.0.0.1";  // which there is without IPv6, too
  const ServiceProcess service(SAMPLE_BINARY, settings);
  settings["HEALTH_PORT"] = std::to_string(service.health_port());
  for (const char* const question : {"started", "ready"}) {
    CHECK(ServiceProcess::run(SAMPLE_BINARY, {question}, settings).exit_code == 0);
  }
}

TEST_CASE("a service refuses the connections for which it has no descriptors", "[process]") {
  const test::TempDirectory directory;
  // Half of them are for everything else.
  const auto confined = directory.write(
      "confined", "#!/bin/sh\nulimit -n 300\nexec " + std::string(SAMPLE_BINARY) + " \"$@\"\n");
  std::filesystem::permissions(confined, std::filesystem::perms::owner_all);
  const ServiceProcess service(confined, environment(migrated_database()));
  std::vector<test::Socket> clients;
  for (int i = 0; i < 150; ++i) {
    clients.push_back(test::Socket::connect(service.port(), 10s).value());
  }
  const auto refused = service.call({.target = "/api/v1/notes/count"});
  CHECK(refused.status == 503);
  CHECK_THAT(refused.body, ContainsSubstring("Too many connections."));
  clients.pop_back();
  CHECK(test::await([&] { return service.call({.target = "/livez"}).status == 200; }));
}

TEST_CASE("a service is ready soon after its start", "[process]") {
  const ServiceProcess service(SAMPLE_BINARY, environment(migrated_database()));
  const auto log = service.log();
  const auto at = log.rfind('{', log.find("\"startup_ms\""));
  const auto serving = json::parse(log.substr(at, log.find('\n', at) - at));
  CHECK(serving.at("startup_ms").get<double>() < 2000);  // 200 ms, if nothing else were running
}

TEST_CASE("a service does not serve a schema older than it needs", "[process]") {
  const auto url = PostgresServer::shared().create_database();
  auto settings = environment(url);
  settings["PORT"] = std::to_string(test::free_port());  // the usual one may be somebody's
  settings["HEALTH_PORT"] = std::to_string(test::free_port());
  const auto finished = ServiceProcess::run(SAMPLE_BINARY, {"serve"}, settings);
  CHECK(finished.exit_code == 1);
  CHECK_THAT(finished.output, ContainsSubstring("0001_create_note.sql is missing"));
}

TEST_CASE("a service whose database is away starts, waits and serves when it is back",
          "[process]") {
  PostgresServer server;
  const auto url = server.create_database();
  REQUIRE(ServiceProcess::run(SAMPLE_BINARY, {"migrate"}, environment(url)).exit_code == 0);
  ServiceProcess service(SAMPLE_BINARY, environment(url));

  server.kill();
  service.kill();
  service.start(false);
  REQUIRE(test::await(
      [&] { return test::call(service.health_port(), {.target = "/readyz"}).status == 503; }));
  CHECK(test::call(service.health_port(), {.target = "/livez"}).status == 200);
  const auto count = [&] { return service.call({.target = "/api/v1/notes/count"}).status; };
  // Connections are refused at first, so that whoever could ask another one does.
  CHECK(count() == 0);
  REQUIRE(test::await([&] { return count() == 503; }, 10s));
  server.restart();
  CHECK(service.await_ready(3s));
  CHECK(count() == 200);
}

TEST_CASE("a service that was ready once counts as started without its database", "[process]") {
  PostgresServer server;
  const auto url = server.create_database();
  REQUIRE(ServiceProcess::run(SAMPLE_BINARY, {"migrate"}, environment(url)).exit_code == 0);
  ServiceProcess service(SAMPLE_BINARY, environment(url));
  const auto probe = [&](const char* path) {
    return test::call(service.health_port(), {.target = path}).status;
  };
  CHECK(probe("/startupz") == 200);
  server.kill();
  REQUIRE(test::await([&] { return probe("/readyz") == 503; }));
  CHECK(probe("/startupz") == 200);

  service.kill();
  service.start(false);
  CHECK(test::await([&] { return probe("/startupz") == 503; }));
  server.restart();
  CHECK(test::await([&] { return probe("/startupz") == 200; }, 3s));
}

TEST_CASE("a running service stops being ready while its database is frozen", "[process]") {
  PostgresServer server;
  const auto url = server.create_database();
  REQUIRE(ServiceProcess::run(SAMPLE_BINARY, {"migrate"}, environment(url)).exit_code == 0);
  ServiceProcess service(SAMPLE_BINARY, environment(url));
  server.freeze();
  CHECK(test::await(
      [&] { return test::call(service.health_port(), {.target = "/readyz"}).status == 503; }, 3s));
  CHECK(service.terminate(5s) == 0);
  server.thaw();
}
