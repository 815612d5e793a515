// A server that does nothing but answer: ours, or cpp-httplib's own. For measure_http_layer.py.
//
// Usage: http-layer ours|httplib THREADS
// Prints its port, and serves until standard input ends.

#include <mercato/http/server.hpp>

#include <httplib.h>

#include <iostream>
#include <string>
#include <thread>

namespace {

const std::string kAnswer =
    R"({"id":"0198","name":"Benchmark","price":{"amount":1999,"currency":"GBP"}})";

void await_end() {
  std::cout << std::flush;
  while (std::cin.get() != std::char_traits<char>::eof()) {
  }
}

void serve_ours(std::size_t threads) {
  namespace http = mercato::http;
  http::Router router;
  router.add(http::Method::get, "/", {.access = http::Access::anonymous}, [](const auto&) {
    http::Response response;
    response.content_type = "application/json";
    response.body = kAnswer;
    return response;
  });
  http::ServerOptions options;
  options.workers = threads;
  http::Server server(std::move(router), std::move(options));
  server.start();
  std::cout << server.port() << '\n';
  await_end();
}

// A connection holds a thread there for as long as it is open: as many threads as clients.
void serve_httplib(std::size_t threads) {
  httplib::Server server;
  server.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server.set_keep_alive_max_count(1'000'000'000);
  server.set_tcp_nodelay(true);
  server.Get("/", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(kAnswer, "application/json");
  });
  std::cout << server.bind_to_any_port("127.0.0.1") << '\n';
  std::thread listener([&] { server.listen_after_bind(); });
  await_end();
  server.stop();
  listener.join();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: http-layer ours|httplib THREADS\n";
    return 2;
  }
  const std::size_t threads = std::stoul(argv[2]);
  if (std::string(argv[1]) == "ours") {
    serve_ours(threads);
  } else {
    serve_httplib(threads);
  }
}
