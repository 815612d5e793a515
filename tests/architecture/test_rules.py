"""Every rule must be able to fail: each is shown trees in which it is broken, and a sound one."""

import tempfile
import unittest
from pathlib import Path

import rules
import shipping
import style
import walls
from source_tree import SourceTree

CMAKE = """
mercato_module(error)
mercato_module(json PUBLIC mercato::error)
mercato_module(http
  PUBLIC mercato::json
  PRIVATE PkgConfig::httplib)
"""

HTTP_SERVER = """#include <httplib.h>
int load(std::memory_order how);  // not the order of a user
const char* sql = "ORDER BY user";
int user_agent;
"""

# A small project in which every rule holds.
SOUND = {
    "shared/CMakeLists.txt": CMAKE,
    "shared/mercato/error/error.hpp": "#pragma once\n#include <string>\nstd::string detail();\n",
    "shared/mercato/error/error.cpp": '#include "mercato/error/error.hpp"\n#include <vector>\n',
    "shared/mercato/json/json.cpp": "#include <nlohmann/json.hpp>\n"
    '#include "mercato/error/error.hpp"\n',
    "shared/mercato/http/server.cpp": HTTP_SERVER,
    "shared/tests/support/catch.hpp": "#pragma once\n#include <catch2/catch.hpp>\n",
    "shared/tests/support/await.cpp": "void await() { std::this_thread::sleep_for(ms); }\n",
    "services/shop/src/main.cpp": '#include "app.hpp"\n#include <mercato/http/server.hpp>\n',
    "services/shop/src/app.hpp": "#pragma once\n#include <unistd.h>\n",
    "services/shop/src/domain/thing.hpp": "#pragma once\n#include <optional>\n\n"
    "#include <mercato/id/uuid.hpp>\n",
    "services/shop/src/domain/place.cpp": '#include "domain/thing.hpp"\n',
    "services/shop/src/storage/pg_things.cpp": "#include <pqxx/result>\n"
    'constexpr db::Statement kFind{"find_thing", "SELECT 1"};\n',
    "services/shop/src/http/thing_handlers.cpp": "int parse() {\n  return 1;\n}\n",
    "services/shop/src/http/routes.cpp": "router.add(get, path, on(things, &Things::get_thing));\n",
    "services/shop/openapi.yaml": "      operationId: get_thing\n",
    "services/shop/tests/unit/thing_test.cpp": "#include <support/catch.hpp>\n"
    '#include "domain/thing.hpp"\n#include "things.hpp"\nint one() { return 1; }\n',
    "services/shop/tests/unit/things.hpp": "#pragma once\n",
    "services/payment/psp-sandbox/main.cpp": '#include "journal.hpp"\n'
    "#include <mercato/http/server.hpp>\n",
    "services/payment/psp-sandbox/journal.hpp": "#pragma once\n",
    "services/payment/src/ledger.hpp": "#pragma once\n",
    "services/shop/VERSION": "1.2.0\n",
    "services/shop/Dockerfile": "FROM scratch\nARG VERSION=1.2.0\n",
    "services/shop/migrations/0001_make_things.sql": "CREATE TABLE thing (id uuid NOT NULL);\n",
    "services/shop/migrations/0002_name_things.sql": "-- DROP TABLE is spoken of only\n"
    "ALTER TABLE thing ADD COLUMN name text NOT NULL DEFAULT 'none; SET NOT NULL';\n",
    "services/shop/migrations/0003_forget_names.sql": "-- contract: unused since 1.1.0\n"
    "ALTER TABLE thing DROP COLUMN name;\n",
}

LONG_FUNCTION = "void f() {\n" + "  g();\n" * 69 + "}\n"
NOTE = "// TO" + "DO: later\n"

# Rule → files that break it, in addition to the sound ones.
BROKEN = {
    walls.libraries_stay_behind_their_wrapper: [
        {"shared/mercato/json/fast.cpp": "#include <httplib.h>\n"},
        {"services/shop/src/app.cpp": "#include <pqxx/pqxx>\n"},
        {"services/shop/src/storage/cache.cpp": "#include <hiredis/hiredis.h>\n"},
        {"shared/mercato/error/error.cpp": "#include <spdlog/spdlog.h>\n"},
        {"shared/mercato/http/tls.cpp": "  #  include <openssl/evp.h>\n"},
        {"services/shop/src/keys.cpp": "#include <sodium.h>\n"},
        {"services/shop/tests/unit/a_test.cpp": "#include <catch2/catch.hpp>\n"},
    ],
    walls.services_include_only_themselves_and_mercato: [
        {"services/shop/src/a.cpp": '#include "../../payment/src/ledger.hpp"\n'},
        {"services/shop/src/a.cpp": '#include "ledger.hpp"\n'},
        {"services/shop/src/a.cpp": "#include <boost/asio.hpp>\n"},
        {"services/shop/src/a.cpp": "#include <support/catch.hpp>\n"},
    ],
    walls.the_provider_stand_in_shares_nothing_with_payment: [
        {"services/payment/psp-sandbox/a.cpp": '#include "ledger.hpp"\n'},
        {"services/payment/src/a.cpp": '#include "journal.hpp"\n'},
    ],
    walls.domains_know_only_the_language: [
        {"services/shop/src/domain/a.cpp": "#include <mercato/http/server.hpp>\n"},
        {"services/shop/src/domain/a.cpp": '#include "app.hpp"\n'},
        {"services/shop/src/domain/a.cpp": "#include <unistd.h>\n"},
        {"services/shop/src/domain/a.cpp": "#include <nlohmann/json_fwd.hpp>\n"},
    ],
    walls.shared_knows_no_shop: [
        {"shared/mercato/error/a.cpp": "struct OrderStatus;\n"},
        {"shared/mercato/error/a.cpp": "int user_id;\n"},
        {"shared/mercato/error/a.cpp": "class ProductRepository;\n"},
        {"shared/mercato/error/a.cpp": 'auto s = "text"; int kPAYMENT;\n'},
        {"shared/tests/unit/a_test.cpp": "namespace order {}\n"},
    ],
    walls.shared_folders_link_what_they_include: [
        {"shared/mercato/error/a.cpp": '#include "mercato/json/json.hpp"\n'},
        {"shared/mercato/stray/a.cpp": '#include "mercato/error/error.hpp"\n'},
    ],
    walls.shared_folders_form_no_circle: [
        {"shared/CMakeLists.txt": CMAKE.replace("(error)", "(error PUBLIC mercato::http)")},
    ],
    walls.statements_live_in_storage: [
        {"services/shop/src/domain/a.cpp": "constexpr db::Statement kFind;\n"},
        {"services/shop/src/app.cpp": "constexpr mercato::db::Statement kFind;\n"},
    ],
    walls.handlers_only_translate: [
        {"services/shop/src/http/a_handlers.cpp": "void f() { try { g(); } catch (...) {} }\n"},
        {"services/shop/src/http/a_handlers.cpp": 'void f() { log::info("x"); }\n'},
    ],
    walls.operations_have_one_name: [
        {
            "services/shop/src/http/routes.cpp": "router.add(get, path, on(a, &A::get));\n",
            "services/shop/openapi.yaml": "      operationId: get_it\n",
        },
        {"services/shop/src/http/routes.cpp": "on(a, &A::get_thing) on(a, &A::get_all)\n"},
        {"services/shop/openapi.yaml": "operationId: get_thing\noperationId: get_all\n"},
    ],
    shipping.migrations_expand_before_they_contract: [
        {"services/shop/migrations/0004_a.sql": "ALTER TABLE thing\n  DROP COLUMN id;\n"},
        {"services/shop/migrations/0004_a.sql": "ALTER TABLE thing RENAME id TO key;\n"},
        {"services/shop/migrations/0004_a.sql": "ALTER TABLE thing ALTER id TYPE text;\n"},
        {"services/shop/migrations/0004_a.sql": "ALTER TABLE thing ALTER id SET NOT NULL;\n"},
        {"services/shop/migrations/0004_a.sql": "ALTER TABLE thing ADD size int NOT NULL;\n"},
        {
            "services/shop/migrations/0004_a.sql": "-- contract: unused since 1.2.0\n"
            "DROP TABLE thing;\n"
        },
    ],
    shipping.migrations_are_numbered_without_gaps: [
        {"services/shop/migrations/0003_z.sql": "SELECT 1;\n"},
        {"services/shop/migrations/0005_a.sql": "SELECT 1;\n"},
    ],
    shipping.images_carry_their_version: [
        {"services/shop/Dockerfile": "FROM scratch\nARG VERSION=1.1.0\n"},
        {"services/shop/Dockerfile": "FROM scratch\n"},
    ],
    walls.statements_have_names_of_their_own: [
        {"services/shop/src/storage/pg_zebras.cpp": "constexpr db::Statement kOther{\n"
         '    "find_thing", R"(SELECT 2)"};\n'},
        {"services/shop/src/storage/pg_zebras.cpp": "constexpr auto kOther = with_columns(\n"
         '    "find_thing", "SELECT 2");\n'},
        {"shared/mercato/db/zebras.cpp": 'db::Statement kOther{"find_thing", "SELECT 2"};\n'},
    ],
    walls.sources_of_a_program_share_no_name: [
        {"services/shop/src/storage/pg_zebras.cpp": "constexpr int kFind{2};\n"},
        {"services/shop/src/http/zebra_handlers.cpp": "int parse() {\n}\n"},
        {"services/shop/tests/unit/zebra_test.cpp": "int one() { return 2; }\n"},
    ],
    style.files_are_short: [
        {"shared/mercato/error/a.cpp": "\n" * 500},
        {"dev.sh": "x" * 101 + "\n"},
    ],
    style.functions_are_short: [
        {"shared/mercato/error/a.cpp": LONG_FUNCTION},
        {"shared/mercato/error/a.cpp": "namespace x {\n" + LONG_FUNCTION + "}\n"},
    ],
    style.nothing_is_left_to_do: [{"README.md": NOTE}],
    style.names_say_something: [
        {"shared/mercato/utils/a.cpp": ""},
        {"services/shop/src/order_manager.hpp": ""},
        {"deploy/common.sh": ""},
    ],
    style.sources_include_their_header_first: [
        {
            "shared/mercato/error/error.cpp": "#include <vector>\n"
            '#include "mercato/error/error.hpp"\n'
        },
    ],
    style.includes_are_sorted: [
        {"services/shop/src/a.cpp": "#include <vector>\n#include <map>\n"},
        {"services/shop/src/a.cpp": '#include "b.hpp"\n#include "a/c.hpp"\n'},
    ],
    style.headers_stand_alone: [
        {"shared/mercato/error/a.hpp": "int f();\n"},
        {"services/shop/src/a.hpp": "#pragma once\nusing namespace std;\n"},
        {"shared/mercato/error/a.hpp": "#pragma once\nstd::optional<int> f();\n"},
    ],
    style.tests_wait_for_events: [
        {"shared/tests/unit/a_test.cpp": "void f() { std::this_thread::sleep_for(1s); }\n"},
        {"services/shop/tests/unit/a_test.cpp": "void f() { usleep (5); }\n"},
    ],
}


def violations(check, files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            target = Path(root) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return list(check(SourceTree(root)))


class RulesTest(unittest.TestCase):
    def test_every_rule_has_a_violation_planted(self):
        self.assertEqual(set(rules.RULES), set(BROKEN))

    def test_a_sound_project_breaks_no_rule(self):
        for check in rules.RULES:
            with self.subTest(check.__name__):
                self.assertEqual([], violations(check, SOUND))

    def test_each_planted_violation_is_found(self):
        for check, plantings in BROKEN.items():
            for planted in plantings:
                with self.subTest(check.__name__, planted=planted):
                    found = violations(check, {**SOUND, **planted})
                    self.assertEqual(set(planted), {violation.path for violation in found})

    def test_what_stands_in_comments_and_literals_is_no_identifier(self):
        text = """/* order */ // user
auto a = "pay\\"ment"; auto b = R"sql(
order)sql"; auto c = 1'000;
"""
        self.assertEqual(
            [], violations(walls.shared_knows_no_shop, {**SOUND, "shared/mercato/json/a.cpp": text})
        )


if __name__ == "__main__":
    unittest.main()
