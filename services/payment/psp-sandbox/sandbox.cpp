#include "sandbox.hpp"

#include <utility>

#include "api.hpp"
#include "books.hpp"
#include "journal.hpp"
#include "webhooks.hpp"

namespace psp {
namespace {

namespace http = mercato::http;
using mercato::settings::Settings;

class SandboxApp : public mercato::process::App {
 public:
  explicit SandboxApp(const Settings& settings)
      : journal_(settings.text("JOURNAL")),
        webhooks_(settings.text("WEBHOOK_URL"), settings.text("WEBHOOK_SECRET"),
                  [this](const std::string& event) { journal_.append_delivered(event); }),
        api_(settings.text("API_KEY"), books_, journal_, webhooks_) {
    for (auto& event : journal_.replay(books_)) webhooks_.send(std::move(event));
  }

  void start() override { webhooks_.start(); }
  void stop() override { webhooks_.stop(); }
  http::Router routes() override { return api_.routes(); }
  http::Authenticate authenticate() override { return {}; }
  http::Readiness ready() override { return {}; }

 private:
  Books books_;
  Journal journal_;
  Webhooks webhooks_;
  Api api_;
};

}  // namespace

std::vector<mercato::settings::Setting> settings_table() {
  return {
      {.name = "LOG_LEVEL",
       .default_value = "warn",
       .meaning = "Lines below this level are not logged.",
       .choices = {"debug", "info", "warn", "error"}},
      {.name = "API_KEY", .meaning = "The key that clients must show.", .secret = true},
      {.name = "WEBHOOK_URL",
       .default_value = "",
       .meaning = "Where events are sent to; empty: nowhere.",
       .may_be_empty = true},
      {.name = "WEBHOOK_SECRET",
       .default_value = "",
       .meaning = "Signs the events that are sent.",
       .secret = true,
       .may_be_empty = true},
      {.name = "JOURNAL", .meaning = "Path of the file that holds everything that happened."},
  };
}

std::unique_ptr<mercato::process::App> make_sandbox(const Settings& settings) {
  return std::make_unique<SandboxApp>(settings);
}

}  // namespace psp
