#include "support/postgres_server.hpp"

#include <libpq-fe.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "support/await.hpp"

namespace mercato::test {
namespace {

using namespace std::chrono_literals;

// PostgreSQL refuses to run as root; its package brings this account.
constexpr const char* kSystemAccount = "postgres";
constexpr const char* kRole = "mercato";
constexpr std::size_t kEndOfLog = 64 * 1024;

/// Where the newest installed version keeps initdb and postgres.
std::string find_binaries() {
  const std::filesystem::path root = "/usr/lib/postgresql";
  std::vector<std::pair<int, std::string>> found;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(root, none)) {
    const auto binaries = entry.path() / "bin";
    if (std::filesystem::exists(binaries / "initdb")) {
      found.emplace_back(std::stoi(entry.path().filename()), binaries.string());
    }
  }
  if (found.empty()) throw std::runtime_error("no PostgreSQL server under /usr/lib/postgresql");
  return std::max_element(found.begin(), found.end())->second;
}

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

Connection connect(const std::string& url) {
  return {PQconnectdb((url + "?connect_timeout=5").c_str()), &PQfinish};
}

}  // namespace

PostgresServer::PostgresServer()
    : directory_(kSystemAccount), binaries_(find_binaries()), port_(free_port()) {
  const std::string log = directory_.path() + "/initdb.log";
  const int status =
      run_to_end({.arguments = {binaries_ + "/initdb", "--pgdata", directory_.path() + "/data",
                                "--username", kRole, "--auth", "trust", "--encoding", "UTF8",
                                "--locale", "C.UTF-8", "--no-sync"},
                  .environment = {},
                  .log_path = log,
                  .run_as = kSystemAccount});
  if (status != 0) throw std::runtime_error("initdb failed:\n" + tail_of(log));
  start();
}

PostgresServer::~PostgresServer() {
  kill();
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::start() {
  std::vector<std::string> arguments = {binaries_ + "/postgres", "-D", directory_.path() + "/data",
                                        "-p", std::to_string(port_)};
  for (const char* const setting :
       {"listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off",
        "full_page_writes=off", "shared_buffers=16MB", "max_connections=200", "autovacuum=off",
        "log_destination=stderr"}) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  process_.emplace(Command{.arguments = std::move(arguments),
                           .environment = {},
                           .log_path = directory_.path() + "/log",
                           .run_as = kSystemAccount,
                           .death_signal = SIGQUIT});
  const auto answers = [this] { return PQstatus(connect(url("postgres")).get()) == CONNECTION_OK; };
  if (!await([&] { return !process_->running() || answers(); }, 30s) || !process_->running()) {
    throw std::runtime_error("PostgreSQL does not start:\n" + tail_of(directory_.path() + "/log"));
  }
}

std::string PostgresServer::url(const std::string& database) const {
  return std::string("postgresql://") + kRole + "@127.0.0.1:" + std::to_string(port_) + "/" +
         database;
}

std::string PostgresServer::create_database() {
  const std::string name = "test_" + std::to_string(++databases_);
  sql(url("postgres"), "CREATE DATABASE " + name);
  return url(name);
}

std::string PostgresServer::sql(const std::string& url, const std::string& statement) {
  const auto connection = connect(url);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(connection.get(), statement.c_str()), &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string PostgresServer::log() const {
  return tail_of(directory_.path() + "/log", kEndOfLog);
}

void PostgresServer::freeze() {
  // The postmaster first: it must not start a backend that we then overlook.
  process_->signal(SIGSTOP);
  process_->signal_family(SIGSTOP);
}

void PostgresServer::thaw() {
  process_->signal_family(SIGCONT);
}

void PostgresServer::kill() {
  process_.reset();
}

void PostgresServer::restart() {
  kill();
  start();
}

}  // namespace mercato::test
