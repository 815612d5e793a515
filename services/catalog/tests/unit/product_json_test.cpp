#include <support/catch.hpp>

#include <string>

#include <mercato/error/error.hpp>

#include "http/product_json.hpp"
#include "http/reservation_json.hpp"

using namespace catalog;

namespace {

/// The pointers and codes of what is wrong with a body; empty if nothing is.
template <class Parse>
std::string mistakes(Parse parse, const std::string& body) {
  try {
    static_cast<void>(parse(body));
  } catch (const mercato::Error& error) {
    std::string all = error.fields().empty() ? error.code() : "";
    for (const auto& field : error.fields()) {
      all += (all.empty() ? "" : ", ") + field.pointer + " " + field.code;
    }
    return all;
  }
  return "";
}

std::string with(const std::string& more) {
  return R"({"sku":"MUG","name":"Mug","price":{"amount":1250,"currency":"GBP"})" + more + "}";
}

std::string in_new(const std::string& more) {
  return mistakes(api::parse_new_product, with(more));
}
std::string in_change(const std::string& body) {
  return mistakes(api::parse_product_change, body);
}

}  // namespace

TEST_CASE("a new product needs a SKU, a name and a price", "[product_json]") {
  const auto product = api::parse_new_product(with(""));
  CHECK(product.sku == "MUG");
  CHECK(product.price.amount_minor == 1250);
  CHECK_FALSE(product.category);
  CHECK_FALSE(product.on_hand);
  CHECK(product.attributes.empty());

  CHECK(mistakes(api::parse_new_product, "{}") ==
        "/sku required, /name required, /price required");
  CHECK(mistakes(api::parse_new_product, "{") == "malformed_json");
  CHECK(mistakes(api::parse_new_product, "[]").find("wrong_type") != std::string::npos);
}

TEST_CASE("a new product takes all that a product has", "[product_json]") {
  const auto product = api::parse_new_product(
      with(R"(,"description":"Two\nlines","category":"tea","image_url":"https://a.example/b",)"
           R"("attributes":{"colour":"blue"},"on_hand":7)"));
  CHECK(product.description == "Two\nlines");
  CHECK(product.category == "tea");
  CHECK(product.image_url == "https://a.example/b");
  CHECK(product.attributes == Attributes{{"colour", "blue"}});
  CHECK(product.on_hand == 7);
  CHECK(in_new(R"(,"category":null,"image_url":null,"attributes":null,"on_hand":null)").empty());
}

TEST_CASE("each mistake of a new product is told with its pointer", "[product_json]") {
  CHECK(in_new(R"(,"on_hand":-1)") == "/on_hand out_of_range");
  CHECK(in_new(R"(,"on_hand":1.5)") == "/on_hand wrong_type");
  CHECK(in_new(R"(,"image_url":"ftp://a.example")") == "/image_url invalid_format");
  CHECK(in_new(R"(,"image_url":"javascript:alert")") == "/image_url invalid_format");
  CHECK(in_new(R"(,"attributes":[])") == "/attributes wrong_type");
  CHECK(in_new(R"(,"attributes":{"a/b":5})") == "/attributes/a~1b wrong_type");
  CHECK(in_new(R"(,"colour":"blue","status":"active")") ==
        "/colour unknown_field, /status unknown_field");
  CHECK(in_new(R"(,"description":")" + std::string(10'001, 'x') + '"') == "/description too_long");

  const auto priced = [](const std::string& price) {
    return mistakes(api::parse_new_product, R"({"sku":"A","name":"B","price":)" + price + "}");
  };
  CHECK(priced(R"({"amount":0,"currency":"GBP"})") == "/price/amount out_of_range");
  CHECK(priced(R"({"amount":12.5,"currency":"GBP"})") == "/price/amount wrong_type");
  CHECK(priced(R"({"amount":"1","currency":"gbp"})") ==
        "/price/amount wrong_type, /price/currency invalid_format");
  CHECK(priced(R"({"amount":1,"currency":"XTS","tax":1})") ==
        "/price/currency invalid_format, /price/tax unknown_field");
  CHECK(priced("12") == "/price wrong_type");
}

TEST_CASE("a text of several lines may end them as Windows does", "[product_json]") {
  const auto product = api::parse_new_product(
      with(R"(,"description":"Two\r\nlines\r\n","attributes":{"care":"by\r\nhand"})"));
  CHECK(product.description == "Two\nlines");
  CHECK(product.attributes == Attributes{{"care", "by\nhand"}});
  CHECK(in_new(R"(,"description":"Two\rlines")") == "/description invalid_format");
}

TEST_CASE("an image is at a web address", "[product_json]") {
  for (const auto* url : {"http://a", "HTTPS://A.example:8080/b?c=%20#d",
                          "https://a.example/\u00e9", "http://[::1]/a", "http://192.0.2.1/a"}) {
    INFO(url);
    CHECK(in_new(R"(,"image_url":")" + std::string(url) + '"').empty());
  }
  for (const auto* url : {"http://", "http:///a", "https://?a", "https://#a", "https://a/\"<>",
                          "https://a/ b", "https:a", "http//a", "ftp://a"}) {
    INFO(url);
    auto text = std::string(url);
    if (const auto quote = text.find('"'); quote != std::string::npos) text.insert(quote, "\\");
    CHECK(in_new(R"(,"image_url":")" + text + '"') == "/image_url invalid_format");
  }
}

TEST_CASE("a SKU is plain, short and not edged with spaces", "[product_json]") {
  const auto named = [](const std::string& sku) {
    return mistakes(api::parse_new_product,
                    R"({"sku":")" + sku +
                        R"(","name":"Mug","price":{"amount":1,"currency":"GBP"}})");
  };
  CHECK(named("85123A").empty());
  CHECK(named("gift_0001 20.x-y").empty());
  CHECK(named(std::string(64, 'A')).empty());
  CHECK(named(std::string(65, 'A')) == "/sku too_long");
  for (const auto* sku : {" A", "A ", "A/B", "M\\u00fcg", "A;B"}) {
    INFO(sku);
    CHECK(named(sku) == "/sku invalid_format");
  }
  CHECK(named("").find("/sku ") == 0);
}

TEST_CASE("a merge patch tells absent, null and set apart", "[product_json]") {
  CHECK(api::parse_product_change("{}").empty());

  const auto set = api::parse_product_change(
      R"({"name":"Cup","category":"tea","price":{"amount":1,"currency":"GBP"},)"
      R"("image_url":"http://a.example","description":"d"})");
  CHECK(set.name == "Cup");
  CHECK(set.description == "d");
  REQUIRE((set.category && *set.category));
  CHECK(**set.category == "tea");
  REQUIRE((set.image_url && *set.image_url));
  CHECK_FALSE(set.attributes);
  CHECK_FALSE(set.clear_attributes);

  const auto cleared = api::parse_product_change(
      R"({"category":null,"image_url":null,"description":null,"attributes":null})");
  REQUIRE(cleared.category);
  CHECK_FALSE(*cleared.category);
  REQUIRE(cleared.image_url);
  CHECK_FALSE(*cleared.image_url);
  CHECK(cleared.description == "");
  CHECK(cleared.clear_attributes);

  CHECK(in_change(R"({"name":null})") == "/name required");
  CHECK(in_change(R"({"price":null})") == "/price required");
}

TEST_CASE("a merge patch reaches into the attributes", "[product_json]") {
  const auto change =
      api::parse_product_change(R"({"attributes":{"colour":"red","size":null,"glaze":"matt"}})");
  REQUIRE(change.attributes);
  Product product;
  product.attributes = {{"colour", "blue"}, {"size", "M"}};
  CHECK(apply(product, change).attributes == Attributes{{"colour", "red"}, {"glaze", "matt"}});
  CHECK_FALSE(change.clear_attributes);
}

TEST_CASE("all mistakes of a merge patch are told at once", "[product_json]") {
  CHECK(in_change(R"({"sku":"B"})") == "/sku immutable_field");
  CHECK(in_change(R"({"on_hand":1,"version":2})") ==
        "/on_hand immutable_field, /version immutable_field");
  CHECK(in_change(R"({"attributes":{"a":5,"b":null}})") == "/attributes/a wrong_type");
  CHECK(in_change(R"({"attributes":{"a":5},"name":7})") ==
        "/name wrong_type, /attributes/a wrong_type");
  CHECK(in_change(R"({"attributes":"blue"})") == "/attributes wrong_type");
  CHECK(in_change(R"({"price":{"amount":"1"}})") == "/price/amount wrong_type");
  CHECK(in_change(R"({"weight":1})") == "/weight unknown_field");
  CHECK(in_change("[]").find("wrong_type") != std::string::npos);
}

TEST_CASE("a category is named, and gets a slug of its name unless it brings one",
          "[product_json]") {
  CHECK(api::parse_new_category(R"({"name":"Tea & Coffee"})").slug == "tea-coffee");
  const auto child = api::parse_new_category(
      R"({"name":"Tea","slug":"leaves","parent_id":"01890a5d-ac96-774b-bcce-b302099a8057"})");
  CHECK(child.slug == "leaves");
  CHECK(child.parent);
  const auto in = [](const std::string& body) { return mistakes(api::parse_new_category, body); };
  CHECK(in("{}") == "/name required");
  const auto tea = api::parse_new_category(R"({"name":"茶"})");
  CHECK(tea.slug == tea.id.str());
  CHECK(is_slug(tea.slug));
  CHECK(api::parse_new_category(R"({"name":"Crème brûlée Ⅳ"})").slug == "creme-brulee-iv");
  CHECK(in(R"({"name":"Tea","slug":"T ea","parent_id":"x"})") ==
        "/slug invalid_format, /parent_id invalid_format");
}

TEST_CASE("a bad line of an import tells its first mistake", "[product_json]") {
  CHECK(std::holds_alternative<NewProduct>(api::parse_import_line(with(R"(,"on_hand":3)"))));
  const auto fault = std::get<LineFault>(api::parse_import_line(with(R"(,"on_hand":-3)")));
  CHECK(fault.code == "out_of_range");
  CHECK(fault.detail.find("/on_hand: ") == 0);
  CHECK(std::get<LineFault>(api::parse_import_line("{nonsense")).code == "malformed_json");
  CHECK(std::get<LineFault>(api::parse_import_line("\"\xff\"")).code == "malformed_json");
}

TEST_CASE("a reservation names an order and one to a thousand lines of different products",
          "[reservation_json]") {
  const std::string product = "01890a5d-ac96-774b-bcce-b302099a8057";
  const auto line = R"({"product_id":")" + product + R"(","quantity":2})";
  const auto in = [](const std::string& body) { return mistakes(api::parse_reservation, body); };
  const auto of = [&](const std::string& lines) {
    return R"({"order_id":")" + product + R"(","lines":[)" + lines + "]}";
  };
  CHECK(in(of(line)).empty());
  CHECK(in("{}") == "/order_id required, /lines required");
  CHECK(in(of("")) == "/lines out_of_range");
  CHECK(in(of(line + "," + line)) == "/lines/1/product_id invalid_format");
  CHECK(in(of(R"({"product_id":"mug","quantity":0})")) ==
        "/lines/0/product_id invalid_format, /lines/0/quantity out_of_range");

  const auto order = OrderId::make();
  const auto restock = [&](const std::string& body) {
    return mistakes([&](const std::string& text) { return api::parse_restock(order, text); }, body);
  };
  CHECK(restock(R"({"refund_id":"r-1","lines":[)" + line + "]}").empty());
  CHECK(restock(R"({"refund_id":"release","lines":[)" + line + "]}") ==
        "/refund_id invalid_format");
  CHECK(restock("{}") == "/refund_id required, /lines required");
}

TEST_CASE("a price may be changed by one of its two members", "[product_json]") {
  const auto change = api::parse_product_change(R"({"price":{"amount":55}})");
  CHECK(change.price_minor == 55);
  CHECK_FALSE(change.currency);
  CHECK(api::parse_product_change(R"({"price":{"currency":"EUR"}})").currency == "EUR");
  CHECK(in_change(R"({"price":{"amount":null}})") == "/price/amount required");
  CHECK(in_change(R"({"price":null})") == "/price required");
}

TEST_CASE("a SKU is a name in a path", "[product_json]") {
  for (const std::string sku : {".", ".."}) {
    const auto body =
        R"({"sku":")" + sku + R"(","name":"M","price":{"amount":1,"currency":"GBP"}})";
    CHECK(mistakes(api::parse_new_product, body) == "/sku invalid_format");
  }
}

TEST_CASE("an attribute is removed by its name, however composed", "[product_json]") {
  const auto change = api::parse_product_change("{\"attributes\":{\"e\xcc\x81\":null}}");
  REQUIRE(change.attributes);
  CHECK(change.attributes->front().first == "\xc3\xa9");
}
