#include <support/catch.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <support/await.hpp>

#include "deployment.hpp"

using namespace catalog::test;
using mercato::test::await;

namespace {

/// What is encoded already stays as it is.
std::string encoded(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c != ' ' && c != '"' && c != '&' && static_cast<unsigned char>(c) < 0x80) {
      result.push_back(c);
    } else {
      constexpr std::string_view digits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      result.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
  return result;
}

void add(const Deployment& shop, const std::string& sku, const std::string& name,
         const std::string& description = "") {
  const auto answer = shop.admin(
      "POST", "/api/v1/products",
      Json{{"sku", sku}, {"name", name}, {"description", description},
           {"price", {{"amount", 100}, {"currency", "GBP"}}}}
          .dump());
  INFO(answer.body);
  REQUIRE(answer.status == 201);
}

std::vector<std::string> found(const Deployment& shop, const std::string& text,
                               const std::string& more = "") {
  const auto page = parse(shop.get("/api/v1/products?q=" + encoded(text) + more));
  std::vector<std::string> skus;
  for (const auto& product : page.at("data")) skus.push_back(product.at("sku"));
  return skus;
}

using Skus = std::vector<std::string>;

/// A shop with a few goods, made once.
const Deployment& stocked() {
  static const Deployment shop;
  static const bool filled = [] {
    add(shop, "KB-1", "Mechanical keyboard", "Loud.");
    add(shop, "KB-2", "Keyboard");
    add(shop, "WR-1", "Wrist rest", "Lies before a keyboard.");
    add(shop, "HP-1", "Wireless headphones");
    add(shop, "CH-1", "Oak chair");
    add(shop, "LA-1", "Desk lamp", "Bends.");
    add(shop, "TS-1", "T-shirt, organic");
    add(shop, "CAFE-1", "Cafe\xcc\x81 filter");
    return true;
  }();
  static_cast<void>(filled);
  return shop;
}

/// What a walk over all pages finds.
Skus walked(const Deployment& shop, const std::string& query,
            std::function<void()> after_first_page = nullptr) {
  Skus skus;
  std::string next;
  do {
    const auto page = parse(shop.get("/api/v1/products?" + query + next));
    for (const auto& product : page.at("data")) skus.push_back(product.at("sku"));
    next = page.at("next_cursor").is_null()
               ? ""
               : "&cursor=" + page.at("next_cursor").get<std::string>();
    if (after_first_page) std::exchange(after_first_page, nullptr)();
  } while (!next.empty() && skus.size() < 9);
  return skus;
}

}  // namespace

TEST_CASE("the name itself comes first, then names, then descriptions", "[search][integration]") {
  CHECK(found(stocked(), "keyboard") == Skus{"KB-2", "KB-1", "WR-1"});
  CHECK(found(stocked(), "KEYBOARD") == Skus{"KB-2", "KB-1", "WR-1"});
  CHECK(found(stocked(), "keyboard mechanical") == Skus{"KB-1"});
  CHECK(found(stocked(), "KB-1") == Skus{"KB-1"});
}

TEST_CASE("slips of the finger are forgiven", "[search][integration]") {
  for (const auto* text : {"headphones", "headphnoes", "hedphones", "headphoness", "headfones",
                           "haedphones", "wireles headphone", "wirelses hedphones", "headph"}) {
    INFO(text);
    CHECK(found(stocked(), text) == Skus{"HP-1"});
  }
  CHECK(found(stocked(), "chiar") == Skus{"CH-1"});
  CHECK(found(stocked(), "lmap") == Skus{"LA-1"});
  CHECK(found(stocked(), "desc lamp") == Skus{"LA-1"});
  CHECK(found(stocked(), "oka chair") == Skus{"CH-1"});
  CHECK(found(stocked(), "keybord") == Skus{"KB-2", "KB-1", "WR-1"});  // names first, here too
  CHECK(found(stocked(), "keybord", "&sort=name") == Skus{"KB-2", "KB-1", "WR-1"});
}

TEST_CASE("the last word is completed, and the others where nobody knows them",
          "[search][integration]") {
  CHECK(found(stocked(), "mechanical key") == Skus{"KB-1"});
  CHECK(found(stocked(), "mecha key") == Skus{"KB-1"});
  CHECK(found(stocked(), "lies before a key") == Skus{"WR-1"});
  CHECK(found(stocked(), "lies before a bicy").empty());
}

TEST_CASE("whatever the order, what was asked for is found and nothing else",
          "[search][integration]") {
  for (const auto* sort : {"relevance", "newest", "price", "-price", "name", "bestselling"}) {
    INFO(sort);
    auto skus = found(stocked(), "keyboard", std::string("&sort=") + sort);
    std::sort(skus.begin(), skus.end());
    CHECK(skus == Skus{"KB-1", "KB-2", "WR-1"});
    CHECK(found(stocked(), "bicycle", std::string("&sort=") + sort).empty());
  }
  for (const auto* sort : {"relevance", "bestselling"}) {
    INFO(sort);
    auto skus = walked(stocked(), std::string("q=keybord&limit=1&sort=") + sort);
    std::sort(skus.begin(), skus.end());
    CHECK(skus == Skus{"KB-1", "KB-2", "WR-1"});
  }
}

TEST_CASE("what is not near is not found, nor what is excluded", "[search][integration]") {
  CHECK(found(stocked(), "bicycle").empty());
  CHECK(found(stocked(), "keyboard bicycle").empty());
  CHECK(found(stocked(), "keyboard -mechanical -wrist") == Skus{"KB-2"});
  CHECK(found(stocked(), "\"keyboard mechanical\"").empty());
  CHECK(found(stocked(), "\"mechanical keyboard\"") == Skus{"KB-1"});
}

TEST_CASE("what is excluded is in no part of what is found", "[search][integration]") {
  const Deployment shop;
  add(shop, "MUG-1", "Blue mug");
  add(shop, "MUG-2", "Mug", "Also in blue.");
  add(shop, "MUG-3", "Mug", "Green.");
  add(shop, "SET-1", "Saucer", "For a mug.");
  for (const auto* sort : {"relevance", "newest", "bestselling"}) {
    INFO(sort);
    auto skus = found(shop, "mug -blue", std::string("&sort=") + sort);
    std::sort(skus.begin(), skus.end());
    CHECK(skus == Skus{"MUG-3", "SET-1"});
    CHECK(found(shop, "mug -\"also in\" -green -saucer", std::string("&sort=") + sort) ==
          Skus{"MUG-1"});
  }
}

TEST_CASE("a search may say only what is not looked for", "[search][integration]") {
  const Deployment shop;
  add(shop, "MUG-1", "Blue mug");
  add(shop, "MUG-2", "Mug", "Also in blue.");
  add(shop, "CUP-1", "Cup", "Green.");
  add(shop, "CUP-2", "Cup");
  add(shop, "SET-1", "Saucer", "For a mug.");
  for (const auto* sort : {"relevance", "newest", "price", "name", "bestselling"}) {
    INFO(sort);
    const auto by = std::string("&sort=") + sort;
    const auto sorted = [](Skus skus) {
      std::sort(skus.begin(), skus.end());
      return skus;
    };
    CHECK(sorted(found(shop, "-blue -green", by)) == Skus{"CUP-2", "SET-1"});
    CHECK(sorted(walked(shop, "q=-blue+-teapot&limit=1" + by)) == Skus{"CUP-1", "CUP-2", "SET-1"});
    CHECK(found(shop, "-cup -\"for a mug\" -blue", by).empty());
    // Not to want to do without it is to want it.
    CHECK(sorted(found(shop, "--mug -blue", by)) == Skus{"SET-1"});
    CHECK(sorted(found(shop, "--mug ---blue", by)) == Skus{"SET-1"});
    CHECK(sorted(found(shop, "--\"a mug\"", by)) == Skus{"SET-1"});
  }
}

TEST_CASE("a hyphen between blanks and the word or are part of a name", "[search][integration]") {
  const Deployment shop;
  add(shop, "KE-1", "Kettle - Blue");
  add(shop, "KE-2", "Kettle");
  add(shop, "BO-1", "Now or Never");
  add(shop, "BO-2", "Never say never");
  for (const auto* sort : {"relevance", "newest", "price", "name", "bestselling"}) {
    INFO(sort);
    const auto by = std::string("&sort=") + sort;
    CHECK(found(shop, "Kettle - Blue", by) == Skus{"KE-1"});
    CHECK(found(shop, "kettle -- blue -", by) == Skus{"KE-1"});
    CHECK(found(shop, "ketle - blue", by) == Skus{"KE-1"});
    CHECK(found(shop, "kettle -blue", by) == Skus{"KE-2"});
    CHECK(found(shop, "now or never", by) == Skus{"BO-1"});
    CHECK(found(shop, "nevr OR now", by) == Skus{"BO-1"});
    CHECK(found(shop, "\"now or never\"", by) == Skus{"BO-1"});
    CHECK(found(shop, "never -or", by) == Skus{"BO-2"});
  }
}

TEST_CASE("no blank of Unicode makes an operator of or, nor hides an exclusion",
          "[search][integration]") {
  const Deployment shop;
  add(shop, "LA-1", "Lamp");
  add(shop, "LA-2", "Lamp", "Also in red.");
  add(shop, "BO-1", "Now or never", "Not red.");
  add(shop, "BO-2", "Never", "Say it now.");
  for (const auto* sort : {"relevance", "newest", "price", "name", "bestselling"}) {
    INFO(sort);
    const auto by = std::string("&sort=") + sort;
    for (const auto* blank : {"\u1680", "\u2000", "\u2003", "\u2006", "\u2008", "\u200A", "\u2028",
                              "\u2029", "\u205F", "\u3000"}) {
      INFO(encoded(blank));
      CHECK(found(shop, std::string("lamp") + blank + "-red", by) == Skus{"LA-1"});
      CHECK(found(shop, std::string("now") + blank + "or never", by) == Skus{"BO-1"});
      CHECK(found(shop, std::string("now or") + blank + "never", by) == Skus{"BO-1"});
      CHECK(found(shop, std::string("now") + blank + "or -red", by).empty());
      CHECK(found(shop, std::string("never") + blank + "-" + blank + "now", by).size() == 2);
    }
    for (const auto* text :
         {"now or\u00A0never", "now or –never", "now or– never", "now or… never"}) {
      INFO(text);
      CHECK(found(shop, text, by) == Skus{"BO-1"});
    }
  }
}

TEST_CASE("accents make no difference, whoever writes them", "[search][integration]") {
  const Deployment shop;
  const std::vector<std::vector<std::string>> spellings{
      {"Crème brûlée", "creme brulee", "brulee", "BRÛLÉE", "crème"},
      {"Smørrebrød", "smorrebrod", "SMØRREBRØD"},
      {"Łódź map", "lodz", "łódź", "LODZ map"},
      {"Straße sign", "strasse", "STRASSE", "straße", "STRAẞE"},
      {"Übergröße", "ÜBERGRÖSSE", "ubergrosse", "übergrösse"},
      {"Ёлка", "елка", "ЕЛКА", "ёлка"},
      {"Facade", "façade", "FAÇADE"}};
  for (const auto& spelled : spellings) {
    const auto sku = "ACCENT-" + std::to_string(&spelled - spellings.data());
    add(shop, sku, spelled.front());
    add(shop, "IN-" + sku, "Thing", "As \"" + spelled.front() + "\".");
  }
  // Nothing is found for being near: no word of a phrase is forgiven.
  for (const auto& spelled : spellings) {
    const auto sku = "ACCENT-" + std::to_string(&spelled - spellings.data());
    for (const auto& text : spelled) {
      INFO(text);
      CHECK(found(shop, text) == Skus{sku, "IN-" + sku});
      CHECK(found(shop, '"' + text + '"') == Skus{sku, "IN-" + sku});
      CHECK(found(shop, "thing -\"" + text + '"').size() == spellings.size() - 1);
      CHECK(found(shop, '"' + text + '"', "&sort=newest") == Skus{"IN-" + sku, sku});
    }
  }
  CHECK(found(shop, "smorebrod") == Skus{"ACCENT-1", "IN-ACCENT-1"});
  CHECK(found(shop, "smørebrød", "&sort=newest") == Skus{"IN-ACCENT-1", "ACCENT-1"});
}

TEST_CASE("dashes and quotation marks of typographers mean nothing", "[search][integration]") {
  const Deployment shop;
  add(shop, "KE-1", "Kettle – Blue");
  add(shop, "KE-2", "Kettle “blue moon”");
  for (const auto* text : {"kettle –blue", "kettle — blue", "blue −kettle", "“blue kettle”",
                           "«blue» kettle", "„kettle“ ＂blue＂"}) {
    INFO(text);
    CHECK(found(shop, text) == Skus{"KE-2", "KE-1"});
  }
}

TEST_CASE("words are found whatever punctuation is between them", "[search][integration]") {
  const Deployment shop;
  add(shop, "DOT-1", "RED/WHITE DOT");
  add(shop, "MUG-1", "Mug.blue");
  add(shop, "SET-1", "SET/10 CANDLES", "See shop.example/candles_big, or candles@shop.example.");
  add(shop, "NUM-1", "Drill v2.1, 3.5 mm/0.25 inch");
  add(shop, "TAG-1", "Tray <oak>", "Salt&Pepper; ~rustic");
  const std::vector<std::pair<const char*, const char*>> wanted{
      {"white", "DOT-1"},   {"red", "DOT-1"},          {"\"red white\"", "DOT-1"},
      {"RED/WHITE", "DOT-1"}, {"white/red", "DOT-1"},    {"red.white dot", "DOT-1"},
      {"blue", "MUG-1"},    {"mug", "MUG-1"},          {"Mug.blue", "MUG-1"},
      {"mug/blue", "MUG-1"},  {"\"10\"", "SET-1"},       {"set 10", "SET-1"},
      {"SET/10", "SET-1"},    {"\"example\"", "SET-1"},  {"\"big\" -blue", "SET-1"},
      {"3.5", "NUM-1"},       {"\"0.25\"", "NUM-1"},     {"v2.1", "NUM-1"},
      {"mm/0.25", "NUM-1"},   {"\"oak\"", "TAG-1"},      {"\"pepper\"", "TAG-1"},
      {"rustic", "TAG-1"},    {"salt&pepper", "TAG-1"}};
  for (const auto& [text, sku] : wanted) {
    INFO(text);
    CHECK(found(shop, text) == Skus{sku});
    CHECK(found(shop, text, "&sort=newest") == Skus{sku});
  }
  CHECK(found(shop, "\"5\"").empty());
  CHECK(found(shop, "\"25\"").empty());
  CHECK(found(shop, "dot -white").empty());
  CHECK(found(shop, "dot -red/white").empty());
  CHECK(found(shop, "dot -white/red") == Skus{"DOT-1"});
}

TEST_CASE("products that an older release wrote are read anew", "[search][integration]") {
  const Deployment shop;
  add(shop, "OLD-1", "RED/WHITE brûlée");
  add(shop, "OLD-2", "Kettle");
  shop.sql("UPDATE product SET search = setweight(to_tsvector('simple', name), 'A')");
  shop.sql("DELETE FROM search_word");
  shop.sql("INSERT INTO search_word (word) VALUES ('kettle'), ('brûlée'), ('red/white')");
  REQUIRE(found(shop, "\"white\"").empty());

  shop.sql("DELETE FROM schema_migration WHERE version = 18");
  const auto migrated = mercato::test::ServiceProcess::run(SERVICE_BINARY, {"migrate"},
                                                           {{"DATABASE_URL", shop.database_url}});
  INFO(migrated.output);
  REQUIRE(migrated.exit_code == 0);
  CHECK(found(shop, "\"white\"") == Skus{"OLD-1"});
  CHECK(found(shop, "\"brulee\"") == Skus{"OLD-1"});
  CHECK(found(shop, "burlee") == Skus{"OLD-1"});
  CHECK(shop.sql("SELECT string_agg(word, ' ' ORDER BY word) FROM search_word") ==
        "brulee kettle red white");
  CHECK(shop.sql("SELECT count(*) FROM outbox WHERE version > 1") == "0");
}

TEST_CASE("punctuation makes no operators", "[search][integration]") {
  const Deployment shop;
  add(shop, "BO-1", "Now/or.never");
  add(shop, "BO-2", "Never now");
  for (const auto* text : {"now/or/never", "now.or.never", "now or/never", "now /or never",
                           "now or.never", "Never/-or", "never .-or"}) {
    INFO(text);
    CHECK(found(shop, text) == Skus{"BO-1"});
  }
}

TEST_CASE("a number is found that a hyphen leads to", "[search][integration]") {
  const Deployment shop;
  add(shop, "CH-9", "Office chair XL-200");
  add(shop, "CB-9", "Cable HDMI-2.1");
  for (const auto* sort : {"relevance", "newest"}) {
    const auto by = std::string("&sort=") + sort;
    CHECK(found(shop, "XL 200", by) == Skus{"CH-9"});
    CHECK(found(shop, "XL-200", by) == Skus{"CH-9"});
    CHECK(found(shop, "hdmi 2.1", by) == Skus{"CB-9"});
  }
}

TEST_CASE("words that no product has any more do not keep those that one has from being found",
          "[search][integration]") {
  const Deployment shop;
  add(shop, "LIVE", "Bandz thing");
  for (char last = 'a'; last <= 'l'; ++last) {
    const auto sku = std::string("GONE-") + last;
    add(shop, sku, std::string("Band") + last + " thing");
    const auto id = parse(shop.get("/api/v1/products/by-sku/" + sku)).at("id").get<std::string>();
    REQUIRE(shop.admin("DELETE", "/api/v1/products/" + id, "", {{"If-Match", "*"}}).status == 204);
  }
  CHECK(found(shop, "bandy thing") == Skus{"LIVE"});
}

TEST_CASE("a walk goes on by the words it began with", "[search][integration]") {
  const Deployment shop;
  const Skus all{"OLD-1", "OLD-2", "OLD-3"};
  for (const auto& sku : all) add(shop, sku, "Lamp sofa desk rugs oven " + sku);
  const std::vector<std::pair<std::string, std::string>> slips{{"relevance", "lmap"},
                                                               {"newest", "soaf"},
                                                               {"price", "deks"},
                                                               {"name", "rgus"},
                                                               {"bestselling", "oevn"}};
  for (const auto& slip : slips) {
    const auto& word = slip.second;
    INFO(slip.first);
    // A short word that is known is not taken for a slip of another; this one becomes known.
    auto skus = walked(shop, "q=" + word + "&limit=1&sort=" + slip.first,
                       [&] { add(shop, "NEW-" + word, word); });
    std::sort(skus.begin(), skus.end());
    skus.erase(std::remove(skus.begin(), skus.end(), "NEW-" + word), skus.end());
    CHECK(skus == all);
  }
}

TEST_CASE("a walk does not come to know words of a writer that was slower than another",
          "[search][integration]") {
  const Deployment shop;
  const Skus all{"BE-1", "BE-2", "BE-3"};
  for (const auto& sku : all) add(shop, sku, "Berryjam thing " + sku);
  std::future<HttpAnswer> quick;
  const std::string walk = "/api/v1/products?q=berry%20thing&limit=1";
  Skus seen;
  const auto read_page = [&](const std::string& cursor) {
    const auto page = parse(shop.get(walk + cursor));
    for (const auto& product : page.at("data")) seen.push_back(product.at("sku"));
    const auto next = page.at("next_cursor");
    return next.is_null() ? std::string() : "&cursor=" + next.get<std::string>();
  };
  std::string cursor;
  const std::string slow =
      "INSERT INTO product (id, sku, name, price, currency)"
      " VALUES (gen_random_uuid(), 'SLOW', 'Berry', 100, 'GBP')";
  shop.holding(slow, [&] {
    quick = std::async(std::launch::async, [&] {
      return shop.admin(
          "POST", "/api/v1/products",
          R"({"sku":"QUICK","name":"Cherry","price":{"amount":100,"currency":"GBP"}})");
    });
    CHECK(await([&] {
      return shop.blocked() == 1 ||
             quick.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    }));
    cursor = read_page("");
  });
  static_cast<void>(quick.get());
  while (!cursor.empty()) cursor = read_page(cursor);
  std::sort(seen.begin(), seen.end());
  CHECK(seen == all);
}

TEST_CASE("text is kept as NFC, and found however it was composed", "[search][integration]") {
  CHECK(found(stocked(), "t-shirt") == Skus{"TS-1"});
  CHECK(parse(stocked().get("/api/v1/products/by-sku/CAFE-1")).at("name") == "Caf\xc3\xa9 filter");
  CHECK(found(stocked(), "caf%c3%a9") == Skus{"CAFE-1"});
  CHECK(found(stocked(), "cafe%cc%81") == Skus{"CAFE-1"});
  CHECK(found(stocked(), "cafe filter") == Skus{"CAFE-1"});
}

TEST_CASE("what nobody knows is ignored, whether it can be read or not", "[search][integration]") {
  CHECK(found(stocked(), "KB-1", "&utm=%ff&%ff=1&x=%0") == Skus{"KB-1"});
  const auto answer = stocked().get("/api/v1/products?q=%ff");
  CHECK(answer.status == 400);
  CHECK(parse(answer).at("code") == "invalid_query");
}

TEST_CASE("a new name is found at once, with a slip too", "[search][integration]") {
  CHECK(found(stocked(), "trombone").empty());
  add(stocked(), "TB-1", "Trombone");
  CHECK(found(stocked(), "trombne") == Skus{"TB-1"});
  const auto path = "/api/v1/products/by-sku/TB-1";
  const auto id = parse(stocked().get(path)).at("id").get<std::string>();
  REQUIRE(stocked().admin("PATCH", "/api/v1/products/" + id, R"({"name":"Saxophone"})",
                          {{"If-Match", "*"}}).status == 200);
  CHECK(found(stocked(), "trombone").empty());
  CHECK(found(stocked(), "saxofone") == Skus{"TB-1"});
}
