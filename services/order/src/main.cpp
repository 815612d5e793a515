#include <mercato/events/dead_letters.hpp>
#include <mercato/process/service.hpp>

#include "app.hpp"
#include "settings.hpp"
#include "stuck.hpp"

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "order";
  service.settings = order::settings_table();
  service.make_app = order::make_app;
  service.commands = {{"stuck", order::stuck},
                      {"events", mercato::events::dead_letters_command}};
  return mercato::process::run(service, argc, argv);
}
