#include <mercato/process/service.hpp>

#include "app.hpp"
#include "ledger_check.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "payment";
  service.settings = payment::settings_table();
  service.make_app = payment::make_app;
  service.commands = {{"ledger", payment::ledger}};
  return mercato::process::run(service, argc, argv);
}
