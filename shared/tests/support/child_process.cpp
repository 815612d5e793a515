#include "support/child_process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "support/await.hpp"

namespace mercato::test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> lines;
  for (const char* const name :
       {"PATH", "HOME", "TZ", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
    const char* const value = std::getenv(name);
    if (value != nullptr) lines.push_back(std::string(name) + "=" + value);
  }
  for (const auto& [name, value] : command.environment) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The fields of /proc/PID/stat that follow the command's name, which may hold anything.
struct Stat {
  char state = 'X';
  pid_t parent = 0;
};

Stat stat_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  Stat stat;
  if (name_end == std::string::npos) return stat;
  std::istringstream(line.substr(name_end + 1)) >> stat.state >> stat.parent;
  return stat;
}

bool is_gone(pid_t pid) {
  const char state = stat_of(pid).state;
  return state == 'X' || state == 'Z';
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  DIR* const proc = ::opendir("/proc");
  if (proc == nullptr) return children;
  while (const dirent* entry = ::readdir(proc)) {
    const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid > 0 && stat_of(pid).parent == parent) children.push_back(pid);
  }
  ::closedir(proc);
  return children;
}

}  // namespace

ChildProcess::ChildProcess(const Command& command) {
  // All that allocates happens before the fork: only system calls are safe after it.
  auto arguments = command.arguments;
  auto environment = environment_of(command);
  const auto argv = pointers_to(arguments);
  const auto envp = pointers_to(environment);
  const passwd* const account =
      ::geteuid() == 0 && !command.run_as.empty() ? ::getpwnam(command.run_as.c_str()) : nullptr;
  const std::string log_path = command.log_path.empty() ? "/dev/null" : command.log_path;
  const pid_t parent = ::getpid();

  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ > 0) {
    ::setpgid(pid_, pid_);
    return;
  }
  ::setpgid(0, 0);
  const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (log < 0 || ::dup2(log, 1) < 0 || ::dup2(log, 2) < 0) ::_exit(126);
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0 || ::dup2(null, 0) < 0) ::_exit(126);
  ::close_range(3, ~0U, 0);
  if (account != nullptr) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(account->pw_gid) != 0 ||
        ::setuid(account->pw_uid) != 0 || ::chdir("/") != 0) {
      ::_exit(126);
    }
  }
  ::prctl(PR_SET_PDEATHSIG, command.death_signal);
  if (::getppid() != parent) ::_exit(126);
  ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

ChildProcess::~ChildProcess() {
  kill_family();
}

bool ChildProcess::running() {
  return !wait(0ms).has_value();
}

void ChildProcess::signal(int number) {
  if (running()) ::kill(pid_, number);
}

void ChildProcess::signal_family(int number) {
  if (!running()) return;
  for (const pid_t child : children_of(pid_)) ::kill(child, number);
  ::kill(pid_, number);
}

void ChildProcess::kill_family() {
  if (!running()) return;
  ::kill(pid_, SIGSTOP);  // so that it makes no more children while we count them
  const auto children = children_of(pid_);
  for (const pid_t child : children) ::kill(child, SIGKILL);
  ::kill(pid_, SIGKILL);
  wait(10s);
  await([&] {
    for (const pid_t child : children) {
      if (!is_gone(child)) return false;
    }
    return true;
  });
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds timeout) {
  if (status_) return status_;
  const auto poll = [&] {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == 0) return false;
    status_ = ended == pid_ && WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  };
  await(poll, timeout);
  return status_;
}

int run_to_end(const Command& command) {
  ChildProcess child(command);
  const auto status = child.wait(60s);
  if (!status) throw std::runtime_error(command.arguments.front() + " takes too long");
  return *status;
}

std::string tail_of(const std::string& path, std::size_t bytes) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return text.substr(text.size() > bytes ? text.size() - bytes : 0);
}

}  // namespace mercato::test
