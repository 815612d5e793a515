#include <support/await.hpp>
#include <support/catch.hpp>
#include <support/child_process.hpp>
#include <support/workspace.hpp>

#include "user_service.hpp"

using namespace user::test;
using namespace std::chrono_literals;

TEST_CASE("a new process takes over from the running one, and knows its keys", "[keys]") {
  const mercato::test::TempDirectory directory;
  UserService service(UserService::Environment{{"SIGN_IN_LIMITS", "false"},
                                               {"HANDOVER_SOCKET", directory.path() + "/socket"}});
  const auto before = service.customer();
  const auto& first = service.process();
  auto environment = service.environment();
  environment["PORT"] = std::to_string(first.port());
  environment["HEALTH_PORT"] = std::to_string(first.health_port());

  mercato::test::ChildProcess successor({.arguments = {SERVICE_BINARY, "serve"},
                                         .environment = environment,
                                         .log_path = directory.path() + "/log",
                                         .run_as = {}});
  // Relieved, the first one ends by itself when its last connection has gone.
  REQUIRE(mercato::test::await([&] { return !service.process().running(); }, 60s));

  REQUIRE(successor.running());
  CHECK(service.call("GET", "/api/v1/users/me", nullptr, before.access_token).status == 200);
  CHECK(service.sign_in(before.email).status == 201);
}
