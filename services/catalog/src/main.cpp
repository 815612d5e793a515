#include <mercato/events/dead_letters.hpp>
#include <mercato/process/service.hpp>

#include "app.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "catalog";
  service.settings = catalog::settings_table();
  service.make_app = catalog::make_app;
  service.commands = {{"events", mercato::events::dead_letters_command}};
  return mercato::process::run(service, argc, argv);
}
