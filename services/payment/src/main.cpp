#include <mercato/events/dead_letters.hpp>
#include <mercato/process/service.hpp>

#include "app.hpp"
#include "ledger_check.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "payment";
  service.settings = payment::settings_table();
  service.make_app = payment::make_app;
  service.commands = {{"ledger", payment::ledger},
                      {"events", mercato::events::dead_letters_command}};
  return mercato::process::run(service, argc, argv);
}
