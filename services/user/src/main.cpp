#include <mercato/events/dead_letters.hpp>
#include <mercato/process/service.hpp>

#include "app.hpp"
#include "create_admin.hpp"
#include "rotate_keys.hpp"
#include "settings.hpp"

int main(int argc, char** argv) {
  mercato::process::Service service;
  service.name = "user";
  service.settings = user::settings_table();
  service.make_app = user::make_app;
  service.commands = {{"create-admin", user::create_admin},
                      {"rotate-keys", user::rotate_keys},
                      {"events", mercato::events::dead_letters_command}};
  return mercato::process::run(service, argc, argv);
}
