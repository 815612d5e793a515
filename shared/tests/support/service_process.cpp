#include "support/service_process.hpp"

#include <signal.h>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "support/await.hpp"

namespace mercato::test {
namespace {

constexpr std::size_t kWholeLog = std::size_t{64} * 1024 * 1024;

}  // namespace

ServiceProcess::ServiceProcess(std::string binary, Environment environment)
    : binary_(std::move(binary)),
      port_(free_port()),
      health_port_(free_port()),
      environment_(std::move(environment)) {
  environment_.insert_or_assign("PORT", std::to_string(port_));
  environment_.insert_or_assign("HEALTH_PORT", std::to_string(health_port_));
  start();
}

ServiceProcess::~ServiceProcess() {
  if (std::uncaught_exceptions() == 0) return;
  std::cerr << "\nWhat " << binary_ << " said last:\n"
            << tail_of(directory_.path() + "/log") << '\n';
}

void ServiceProcess::start(bool await_readiness) {
  process_.emplace(Command{.arguments = {binary_, "serve"},
                           .environment = environment_,
                           .log_path = directory_.path() + "/log",
                           .run_as = {}});
  if (await_readiness && !await_ready()) {
    throw std::runtime_error(binary_ + " does not get ready:\n" +
                             tail_of(directory_.path() + "/log"));
  }
}

bool ServiceProcess::await_ready(std::chrono::milliseconds timeout) {
  const auto ready = [this] {
    return test::call(health_port_, {.target = "/readyz", .timeout = std::chrono::seconds(1)})
               .status == 200;
  };
  bool is_ready = false;
  await([&] { return (is_ready = ready()) || !running(); }, timeout);
  return is_ready;
}

void ServiceProcess::kill() {
  process_->kill_family();
}
void ServiceProcess::freeze() {
  process_->signal(SIGSTOP);
}
void ServiceProcess::thaw() {
  process_->signal(SIGCONT);
}

std::optional<int> ServiceProcess::terminate(std::chrono::milliseconds timeout) {
  process_->signal(SIGTERM);
  return process_->wait(timeout);
}

std::string ServiceProcess::log() const {
  return tail_of(directory_.path() + "/log", kWholeLog);
}

ServiceProcess::Finished ServiceProcess::run(const std::string& binary,
                                             const std::vector<std::string>& arguments,
                                             const Environment& environment) {
  const TempDirectory directory;
  Command command{.arguments = {binary},
                  .environment = environment,
                  .log_path = directory.path() + "/log",
                  .run_as = {}};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  const int exit_code = run_to_end(command);
  return {exit_code, tail_of(command.log_path, kWholeLog)};
}

}  // namespace mercato::test
