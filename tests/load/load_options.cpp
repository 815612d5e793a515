#include "load_options.hpp"

#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>

namespace mercato::load {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError("cannot read " + path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> read_lines(const std::string& path) {
  std::istringstream content(read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(content, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::size_t number(std::string_view text, std::size_t max) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > max) {
    throw UsageError("'" + std::string(text) + "' is no number from 1 to " + std::to_string(max));
  }
  return value;
}

void set_address(Options& options, std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.substr(0, kScheme.size()) != kScheme) throw UsageError("the URL must begin with http://");
  url.remove_prefix(kScheme.size());
  const auto slash = url.find('/');
  if (slash != std::string_view::npos) {
    options.path = std::string(url.substr(slash));
    url = url.substr(0, slash);
  }
  const auto colon = url.find(':');
  options.host = std::string(url.substr(0, colon));
  options.port = colon == std::string_view::npos
                     ? std::uint16_t{80}
                     : static_cast<std::uint16_t>(number(url.substr(colon + 1), 65535));
}

}  // namespace

Options parse_options(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  Options options;
  std::size_t next = 0;
  while (next < words.size()) {
    const std::string& name = words[next++];
    if (name.substr(0, 2) != "--") {
      set_address(options, name);
      continue;
    }
    if (next == words.size()) throw UsageError(name + " needs a value");
    const std::string& value = words[next++];
    if (name == "--method") {
      options.method = value;
    } else if (name == "--header") {
      options.headers.push_back(value);
    } else if (name == "--tokens") {
      options.tokens = read_lines(value);
    } else if (name == "--body") {
      options.body = read_file(value);
    } else if (name == "--key-prefix") {
      options.key_prefix = value;
    } else if (name == "--clients") {
      options.clients = number(value, 10'000);
    } else if (name == "--rate") {
      options.rate = number(value, 1'000'000);
    } else if (name == "--requests") {
      options.requests = number(value, 100'000'000);
    } else {
      throw UsageError("unknown option " + name);
    }
  }
  if (options.port == 0) throw UsageError("no URL given");
  return options;
}

const char* usage() {
  return "usage: mercato-load URL [--method POST] [--header 'Name: value']... [--tokens FILE]\n"
         "                    [--body FILE] [--key-prefix TEXT] [--clients N] [--requests N]\n"
         "                    [--rate N]\n";
}

}  // namespace mercato::load
