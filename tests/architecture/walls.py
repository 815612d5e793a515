"""The walls between the parts of Mercato: who may include what, and who may know what."""

import re
from collections import defaultdict

from rules import Violation, folder_matches, rule

# Which folders may include a library's headers.
LIBRARIES = {
    # Its own server is what ours is measured against.
    r"httplib\.h": ["shared/mercato/http", "tests/load/http_layer"],
    r"pqxx/.*": ["shared/mercato/db", "services/*/src/storage"],
    r"(libpq-fe|libpq/.*|postgres.*)\.h": ["shared/mercato/db", "shared/tests/support"],
    r"hiredis/.*": ["shared/mercato/redis"],
    r"(spdlog|fmt)/.*": ["shared/mercato/log"],
    r"openssl/.*|sodium(\.h|/.*)": ["shared/mercato/crypto"],
    r"prometheus/.*": ["shared/mercato/metrics"],
    r"nlohmann/json\.hpp": ["shared/mercato/json"],
    r"uni(case|ctype|norm)\.h": ["shared/mercato/json"],
    r"curl/.*": ["services/user/src/clients"],
    r"catch2/.*": ["shared/tests/support"],
}


@rule
def libraries_stay_behind_their_wrapper(tree):
    """A library is included only by the folder that wraps it."""
    for file in tree.cpp:
        for include in file.includes:
            for library, folders in LIBRARIES.items():
                if re.fullmatch(library, include.path) and not any(
                    folder_matches(file.path, folder) for folder in folders
                ):
                    yield Violation(
                        file.path,
                        include.line,
                        f"<{include.path}> belongs to {' and '.join(folders)} alone",
                    )


def is_standard(include):
    return not include.quoted and "/" not in include.path and "." not in include.path


def is_system(include):
    """A header of the C library or the kernel: <unistd.h>, <sys/socket.h>."""
    return not include.quoted and re.fullmatch(
        r"((sys|netinet|arpa|linux)/)?[a-z_0-9]+\.h", include.path
    )


@rule
def services_include_only_themselves_and_mercato(tree):
    """A service sees its own sources and mercato/, never another service."""
    for file in tree.cpp:
        if not file.inside("services"):
            continue
        service = "/".join(file.path.split("/")[:2])
        own_roots = [f"{service}/src", f"{service}/psp-sandbox"]
        before, in_tests, _ = file.path.partition("/tests/")
        if in_tests:
            own_roots += [f"{before}/tests", file.path.rsplit("/", 1)[0]]
        for include in file.includes:
            own = any(tree.has(f"{root}/{include.path}") for root in own_roots)
            shared = include.path.startswith("mercato/") or (
                in_tests and include.path.startswith("support/")
            )
            library = include.path == "nlohmann/json_fwd.hpp" or any(
                re.fullmatch(library, include.path) for library in LIBRARIES
            )
            if not (own or shared or is_standard(include) or is_system(include) or library):
                yield Violation(file.path, include.line, f"{include.path} is out of its reach")


@rule
def the_provider_stand_in_shares_nothing_with_payment(tree):
    """psp-sandbox plays somebody else's system: it must not know ours."""
    for file in tree.cpp:
        if file.inside("services/payment/psp-sandbox"):
            for include in file.includes:
                if tree.has(f"services/payment/src/{include.path}"):
                    yield Violation(file.path, include.line, f"{include.path} is payment's own")
        elif file.inside("services/payment/src"):
            for include in file.includes:
                if tree.has(f"services/payment/psp-sandbox/{include.path}"):
                    yield Violation(file.path, include.line, f"{include.path} is the stand-in's")


@rule
def domains_know_only_the_language(tree):
    """domain/ includes the standard library, itself and mercato/{error,clock,id}."""
    for file in tree.cpp:
        if not folder_matches(file.path, "services/*/src/domain"):
            continue
        source_root = "/".join(file.path.split("/")[:3])
        for include in file.includes:
            itself = include.path.startswith("domain/")
            itself = itself and tree.has(f"{source_root}/{include.path}")
            foundation = re.match(r"mercato/(error|clock|id)/", include.path)
            if not (itself or foundation or is_standard(include)):
                yield Violation(file.path, include.line, f"a domain does not know {include.path}")


# Words of the shop, whole ones, in any spelling of an identifier: "user_id", "OrderStatus".
SHOP_WORDS = {"order", "orders", "product", "products", "payment", "payments", "user", "users"}
NOT_OF_THE_SHOP = re.compile(
    r"memory_order\w*|user_agent|tcp_user_timeout|payment_required|(partial|strong|weak)_order",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@rule
def shared_knows_no_shop(tree):
    """shared/ has no identifier for an order, a product, a payment or a user."""
    for file in tree.cpp:
        if not file.inside("shared"):
            continue
        for number, line in enumerate(file.code.splitlines(), 1):
            for identifier in _IDENTIFIER.findall(line):
                words = {word.lower() for word in _WORD.findall(identifier)}
                if words & SHOP_WORDS and not NOT_OF_THE_SHOP.fullmatch(identifier):
                    yield Violation(file.path, number, f"{identifier} is a word of the shop")


_MODULE = re.compile(r"mercato_module\((\w+)([^)]*)\)")


def module_graph(cmake):
    """Folder → the folders that it may include, itself and what it links to counted."""
    linked = {
        name: set(re.findall(r"mercato::(\w+)", links)) for name, links in _MODULE.findall(cmake)
    }
    reachable = {}
    for name in linked:
        seen, todo = {name}, [name]
        while todo:
            for other in linked.get(todo.pop(), set()) - seen:
                seen.add(other)
                todo.append(other)
        reachable[name] = seen
    return reachable


@rule
def shared_folders_link_what_they_include(tree):
    """A folder of shared/mercato includes only the folders that its CMake target links to."""
    reachable = module_graph(tree.get("shared/CMakeLists.txt").text)
    for file in tree.cpp:
        if not file.inside("shared/mercato"):
            continue
        folder = file.path.split("/")[2]
        for include in file.includes:
            other = re.match(r"mercato/(\w+)/", include.path)
            if other and other.group(1) not in reachable.get(folder, set()):
                yield Violation(file.path, include.line, f"{folder} does not link {other.group(1)}")


@rule
def shared_folders_form_no_circle(tree):
    """No folder of shared/mercato needs itself through another."""
    reachable = module_graph(tree.get("shared/CMakeLists.txt").text)
    for name, others in reachable.items():
        for other in others - {name}:
            if name in reachable.get(other, set()) and name < other:
                yield Violation("shared/CMakeLists.txt", 1, f"{name} and {other} need each other")


@rule
def statements_live_in_storage(tree):
    """SQL of a service is in its storage/ folder."""
    for file in tree.cpp:
        if folder_matches(file.path, "services/*/src") and not folder_matches(
            file.path, "services/*/src/storage"
        ):
            for number, line in enumerate(file.code.splitlines(), 1):
                if re.search(r"\bdb::Statement\b", line):
                    yield Violation(file.path, number, "SQL belongs to storage/")


@rule
def handlers_only_translate(tree):
    """A handler parses, calls and renders: it neither catches nor logs."""
    for file in tree.cpp:
        if folder_matches(file.path, "services/*/src/http") and "_handlers." in file.name:
            for number, line in enumerate(file.code.splitlines(), 1):
                if re.search(r"\bcatch\s*\(|\blog::(debug|info|warn|error)\b", line):
                    yield Violation(file.path, number, "a handler neither catches nor logs")


@rule
def operations_have_one_name(tree):
    """A route's handler is called as its operation is in the service's openapi.yaml."""
    for service in tree.services:
        routes = f"services/{service}/src/http/routes.cpp"
        document = f"services/{service}/openapi.yaml"
        if not (tree.has(routes) and tree.has(document)):
            continue
        handlers = set(re.findall(r"&\w+::(\w+)\)", tree.get(routes).text))
        operations = set(re.findall(r"operationId: (\w+)", tree.get(document).text))
        for name in handlers - operations:
            yield Violation(routes, 1, f"{name} is no operation of {document}")
        for name in operations - handlers:
            yield Violation(document, 1, f"{name} is no handler of {routes}")


def program_of(file):
    """What a source is compiled into, together with all others of that folder; None for tests."""
    found = re.match(
        r"(shared/mercato/[^/]+|services/[^/]+/src|services/[^/]+/psp-sandbox)/(?!tests/)",
        file.path,
    )
    return found and found[1]


_STATEMENT_NAME = re.compile(r'(?:Statement \w+\s*\{|with_columns\()\s*"(\w+)"')


@rule
def statements_have_names_of_their_own(tree):
    """No two SQL statements of a service, or of it and shared/, share a name: a connection prepares
    each name once."""
    known = defaultdict(list)
    for file in tree.cpp:
        program = program_of(file)
        if not program:
            continue
        scope = "shared" if program.startswith("shared/") else program
        for name in _STATEMENT_NAME.finditer(file.text):
            for other, place in known[name[1]]:
                if other == scope or "shared" in (other, scope):
                    line = file.text.count("\n", 0, name.start()) + 1
                    yield Violation(file.path, line, f'"{name[1]}" is the name of {place} as well')
            known[name[1]].append((scope, file.path))


_NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.MULTILINE)
_OWN_NAME = re.compile(
    r"^(?:const(?:expr)? [\w:<>\*& ]+? (k\w+)(?=[{\[ ])"
    r"|((?!.*::\w+\()[\w:][\w:<>,\*& ]* \w+\([^;\n]*\) \{)"
    r"|(?:struct|class) (\w+) )",
    re.MULTILINE,
)


def tests_of(file):
    """The folder of tests that a source belongs to; None for what is no test."""
    found = re.match(r"(shared|services/[^/]+)/tests/(unit|integration)/", file.path)
    return found and found[0]


@rule
def sources_of_a_program_share_no_name(tree):
    """What a .cpp keeps to itself has a name of its own in its program: a release build compiles
    several as one."""
    known = {}
    for file in tree.cpp:
        program = program_of(file) or tests_of(file)
        if file.is_header or not program:
            continue
        namespace = _NAMESPACE.search(file.code)
        scope = (program, namespace and namespace[1])
        for found in _OWN_NAME.finditer(file.code):
            name = found[1] or found[2] or found[3]
            first = known.setdefault((scope, name), file.path)
            if first != file.path:
                line = file.code.count("\n", 0, found.start()) + 1
                yield Violation(file.path, line, f"{name} is a name in {first} as well")
