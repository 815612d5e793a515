#include <support/catch.hpp>

#include <chrono>
#include <optional>
#include <string>

#include "mercato/json/json.hpp"
#include "mercato/tracing/span.hpp"
#include "support/await.hpp"
#include "support/http_peer.hpp"
#include "support/postgres_server.hpp"
#include "support/service_process.hpp"

using namespace mercato;
using namespace std::chrono_literals;
using test::HttpPeer;
using test::PostgresServer;
using test::ServiceProcess;

namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kParent = "b7ad6b7169203331";

/// The sample service, and a collector played by the test.
struct Exporting {
  explicit Exporting(ServiceProcess::Environment settings = {}) {
    const auto url = PostgresServer::shared().create_database();
    settings["DATABASE_URL"] = url;
    settings["REDIS_URL"] = "";
    settings.emplace("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url());
    const auto migrated = ServiceProcess::run(SAMPLE_BINARY, {"migrate"}, {{"DATABASE_URL", url}});
    REQUIRE(migrated.exit_code == 0);
    service.emplace(SAMPLE_BINARY, settings);
  }

  test::HttpAnswer call(const std::string& flags) const {
    return service->call({.target = "/livez",
                          .headers = {{"traceparent", "00-" + kTrace + "-" + kParent + flags}}});
  }

  HttpPeer collector{[](const test::PeerRequest&) { return test::PeerAnswer{200, "{}"}; }};
  std::optional<ServiceProcess> service;
};

}  // namespace

TEST_CASE("a request becomes a span of its caller's trace", "[tracing]") {
  Exporting exporting;
  REQUIRE(exporting.call("-01").status == 200);
  REQUIRE(exporting.collector.await_requests(1));
  const auto request = exporting.collector.requests().at(0);
  CHECK(request.target == "/v1/traces");
  CHECK(request.header("Content-Type") == "application/json");
  const auto resource = json::parse(request.body).at("resourceSpans").at(0);
  CHECK(resource.at("resource").at("attributes").at(0) ==
        json::Value({{"key", "service.name"}, {"value", {{"stringValue", "sample"}}}}));
  const auto span = resource.at("scopeSpans").at(0).at("spans").at(0);
  CHECK(span.at("traceId") == kTrace);
  CHECK(span.at("parentSpanId") == kParent);
  CHECK(span.at("spanId").get<std::string>().size() == 16);
  CHECK(span.at("name") == "GET /livez");
  CHECK(span.at("kind") == 2);
  CHECK(span.at("startTimeUnixNano").get<std::string>() <=
        span.at("endTimeUnixNano").get<std::string>());
}

TEST_CASE("what the caller did not record is not recorded", "[tracing]") {
  Exporting exporting;
  REQUIRE(exporting.call("-00").status == 200);
  CHECK_FALSE(exporting.collector.await_requests(1, 2s));
}

TEST_CASE("a collector that is away costs spans and nothing else", "[tracing]") {
  Exporting exporting(
      ServiceProcess::Environment{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"}});
  REQUIRE(exporting.call("-01").status == 200);
  CHECK(test::await([&] {
    const auto metrics = exporting.service->call({.target = "/metrics"}).body;
    return metrics.find("\ntracing_spans_dropped_total 0") == std::string::npos &&
           metrics.find("\ntracing_spans_dropped_total ") != std::string::npos;
  }));
  CHECK(exporting.service->terminate() == 0);
}

TEST_CASE("traces are chosen by their id, so that all processes choose the same", "[tracing]") {
  tracing::set_span_sink([](tracing::Span) {}, {0.5, false});
  auto context = tracing::TraceContext::start();
  context.trace_id = std::string(18, 'a') + "7ffffffffffff0";
  CHECK(tracing::recording(context));
  context.trace_id = std::string(18, 'a') + "80000000000000";
  CHECK_FALSE(tracing::recording(context));
  int recorded = 0;
  for (int i = 0; i < 2'000; ++i) recorded += tracing::recording(tracing::TraceContext::start());
  CHECK(recorded > 800);
  CHECK(recorded < 1'200);
  tracing::set_span_sink({}, {});
}
