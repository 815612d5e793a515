#include "domain/settle_payment.hpp"

#include <set>
#include <string>

#include <support/catch.hpp>

#include "settle_payment_fakes.hpp"

using namespace payment;
using namespace payment::test;

namespace {

using Words = std::vector<std::string>;

/// A payment of 12.50 GBP, its provider, and the one who settles it.
struct Scene {
  Scene() {
    store.payment.id = PaymentId::make();
    store.payment.order = OrderId::make();
    store.payment.user = UserId::make();
    store.payment.amount = {1250, "GBP"};
  }
  Scene& with_intent() {
    store.payment.intent = "pi_1";
    return *this;
  }
  Scene& authorized() {
    store.payment.status = PaymentStatus::authorized;
    return with_intent();
  }
  Scene& hears(const std::string& what, IntentAnswer answer) {
    provider.answers[what].push_back(std::move(answer));
    return *this;
  }
  Payment settle(bool fresh) {
    return settler.settle(store.payment, fresh, mercato::Deadline::never());
  }
  Payment give_up() { return settler.give_up(store.payment, mercato::Deadline::never()); }

  FakeStore store;
  FakeProvider provider;
  SettlePayment settler{store, provider, std::chrono::seconds(900),
                        [](int, std::chrono::seconds) { return std::chrono::milliseconds(1); }};
};

Intent intent(IntentStatus status) { return {"pi_1", status, std::nullopt, ""}; }
NoAnswer error_500() { return {"status 500", true, true}; }
NoAnswer silence() { return {"timeout", false}; }

}  // namespace

TEST_CASE("an intent that is kept is confirmed at once, and the payment is authorised") {
  Scene scene;
  scene.with_intent().hears("confirm", intent(IntentStatus::requires_capture));
  CHECK(scene.settle(true).status == PaymentStatus::authorized);
  CHECK(scene.provider.asked == Words{"confirm"});
}

TEST_CASE("without an intent one is made and kept before it is confirmed") {
  Scene scene;
  scene.hears("create", intent(IntentStatus::requires_confirmation))
      .hears("confirm", intent(IntentStatus::requires_capture));
  CHECK(scene.settle(true).status == PaymentStatus::authorized);
  CHECK(scene.store.payment.intent == "pi_1");
}

TEST_CASE("after a 500 the intent is read, and what it says is believed") {
  Scene scene;
  scene.with_intent().hears("confirm", error_500());
  SECTION("it was authorised all the same") {
    scene.hears("read", intent(IntentStatus::requires_capture));
    CHECK(scene.settle(true).status == PaymentStatus::authorized);
    CHECK(scene.provider.asked == Words{"confirm", "read"});
  }
  SECTION("nothing happened, so that it is asked again") {
    scene.hears("read", intent(IntentStatus::requires_confirmation))
        .hears("confirm", intent(IntentStatus::requires_capture));
    CHECK(scene.settle(true).status == PaymentStatus::authorized);
    CHECK(scene.provider.asked == Words{"confirm", "read", "confirm"});
  }
}

TEST_CASE("silence is not asked again at once, and leaves the payment unknown") {
  Scene scene;
  scene.with_intent().hears("confirm", silence());
  CHECK(scene.settle(true).status == PaymentStatus::unknown);
  CHECK(scene.provider.asked == Words{"confirm"});
  CHECK(scene.store.records == Words{"authorize unknown"});
}

TEST_CASE("an unknown payment is read before anything is asked for") {
  Scene scene;
  scene.with_intent();
  scene.store.payment.status = PaymentStatus::unknown;
  scene.hears("read", intent(IntentStatus::requires_capture));
  CHECK(scene.settle(false).status == PaymentStatus::authorized);
  CHECK(scene.provider.asked == Words{"read"});
}

TEST_CASE("a card error declines for good") {
  Scene scene;
  scene.with_intent().hears("confirm", CardDeclined{"insufficient_funds"});
  CHECK(scene.settle(true).status == PaymentStatus::declined);
  CHECK(scene.store.payment.decline_code == "insufficient_funds");
}

TEST_CASE("a customer who would have to act is a decline, and nobody can act any more") {
  Scene scene;
  scene.with_intent().hears("confirm", intent(IntentStatus::requires_action));
  scene.hears("read", intent(IntentStatus::requires_action));
  scene.hears("cancel", intent(IntentStatus::canceled));
  CHECK(scene.settle(true).status == PaymentStatus::declined);
  CHECK(scene.store.payment.decline_code == "authentication_required");
}

TEST_CASE("a capture whose answer was lost is owed, and read before it is asked for again") {
  Scene scene;
  scene.authorized();
  scene.store.payment.capture_requested = true;
  scene.hears("capture", silence());
  CHECK(scene.settle(true).status == PaymentStatus::authorized);
  CHECK(scene.store.payment.owed() == Owed::capture);

  scene.hears("read", intent(IntentStatus::succeeded));
  CHECK(scene.settle(false).status == PaymentStatus::captured);
  CHECK(scene.provider.asked == Words{"capture", "read"});
}

TEST_CASE("where a webhook says that the money was taken, the provider is read and asked nothing") {
  Scene scene;
  scene.authorized().store.payment.look_requested = true;
  SECTION("it was") {
    scene.hears("read", intent(IntentStatus::succeeded));
    CHECK(scene.settle(false).status == PaymentStatus::captured);
  }
  SECTION("it was not") {
    scene.hears("read", intent(IntentStatus::requires_capture));
    const auto settled = scene.settle(false);
    CHECK(settled.status == PaymentStatus::authorized);
    CHECK(settled.owed() == Owed::nothing);
  }
  SECTION("the provider does not answer: later") {
    scene.hears("read", silence());
    CHECK(scene.settle(false).owed() == Owed::look);
    CHECK(scene.store.records.empty());
  }
  CHECK(scene.provider.asked == Words{"read"});
}

TEST_CASE("an authorisation that ran out at the provider is a definite refusal of the capture") {
  Scene scene;
  scene.authorized();
  scene.store.payment.capture_requested = true;
  scene.hears("capture", RequestRefused{"payment_intent_unexpected_state", false})
      .hears("read", intent(IntentStatus::canceled));
  CHECK(scene.settle(true).status == PaymentStatus::voided);
}

TEST_CASE("a void while nothing can be held is done without the provider") {
  Scene scene;
  scene.store.payment.void_requested = true;
  CHECK(scene.settle(false).status == PaymentStatus::voided);
  CHECK(scene.provider.asked.empty());
}

TEST_CASE("a void during an authorisation cancels whatever the provider holds") {
  Scene scene;
  scene.with_intent();
  scene.store.payment.void_requested = true;
  scene.hears("read", intent(IntentStatus::requires_capture))
      .hears("cancel", intent(IntentStatus::canceled));
  CHECK(scene.settle(false).status == PaymentStatus::voided);
}

TEST_CASE("a void that the capture was faster than gives everything back") {
  Scene scene;
  scene.authorized();
  scene.store.payment.void_requested = true;
  scene.hears("cancel", RequestRefused{"payment_intent_unexpected_state", false})
      .hears("read", intent(IntentStatus::succeeded));
  scene.provider.refund_answers.push_back(ProviderRefund{"re_1", RefundStatus::succeeded});
  const auto settled = scene.settle(true);
  CHECK(settled.captured_minor == 1250);
  CHECK(settled.refunded_minor == 1250);
  CHECK(settled.owed() == Owed::nothing);
}

TEST_CASE("what was cancelled and cannot be given back now is asked for again, not anew") {
  Scene scene;
  scene.authorized();
  scene.store.payment.status = PaymentStatus::captured;
  scene.store.payment.captured_minor = 1250;
  scene.store.payment.void_requested = true;
  scene.provider.refund_answers.push_back(RequestRefused{"balance_insufficient", false});
  const auto settled = scene.settle(false);
  CHECK(scene.store.records == std::vector<std::string>{"refund later"});
  CHECK(settled.refund_pending_minor == 1250);
  CHECK(settled.owed() == Owed::nothing);
}

TEST_CASE("what people gave back at the provider is not asked for again") {
  Scene scene;
  scene.authorized();
  scene.store.payment.status = PaymentStatus::captured;
  scene.store.payment.captured_minor = 1250;
  scene.store.payment.void_requested = true;
  scene.provider.refund_answers.push_back(RequestRefused{"", false});
  scene.provider.foreign = {{"re_by_hand", 400}};
  const auto settled = scene.settle(false);
  CHECK(scene.store.records.front() == "refund adopted");
  CHECK(settled.refundable_minor() == 850);
  CHECK(settled.owed() == Owed::refund);
}

TEST_CASE("where an owed refund is refused, and nobody knows why, its disputes are looked at") {
  Scene scene;
  scene.store.payment.status = PaymentStatus::captured;
  scene.store.payment.captured_minor = 1250;
  scene.store.payment.void_requested = true;
  scene.provider.refund_answers.push_back(RequestRefused{"charge_disputed", false});
  SECTION("there is one") {
    scene.provider.disputes = std::vector<ListedDispute>{{"dp_1", "lost"}};
    static_cast<void>(scene.settle(false));
    CHECK(scene.store.records == std::vector<std::string>{"look at dp_1", "refund later"});
  }
  SECTION("it does not say") {
    scene.provider.disputes = NoAnswer{"timeout"};
    static_cast<void>(scene.settle(false));
    CHECK(scene.store.records == std::vector<std::string>{"refund later"});
  }
}

TEST_CASE("a payment wanted for too long is too old, unless it is decided or being voided") {
  Scene scene;
  CHECK_FALSE(scene.settler.too_old(scene.store.payment));
  scene.store.payment.age = std::chrono::seconds(901);
  CHECK(scene.settler.too_old(scene.store.payment));
  scene.store.payment.void_requested = true;
  CHECK_FALSE(scene.settler.too_old(scene.store.payment));
  scene.authorized().store.payment.void_requested = false;
  CHECK_FALSE(scene.settler.too_old(scene.store.payment));
}

TEST_CASE("of what is too old only what was not authorised is given up") {
  Scene scene;
  scene.with_intent().store.payment.age = std::chrono::minutes(16);
  SECTION("its money was taken, which a restored backup did not know") {
    scene.hears("read", intent(IntentStatus::succeeded));
    const auto settled = scene.give_up();
    CHECK(settled.status == PaymentStatus::captured);
    CHECK(settled.refundable_minor() == 1250);
    CHECK(settled.owed() == Owed::nothing);
    CHECK(scene.provider.asked == Words{"read"});
  }
  SECTION("its money is held and may yet be taken: whether, is for the order to say") {
    scene.hears("read", intent(IntentStatus::requires_capture));
    const auto settled = scene.give_up();
    CHECK(settled.status == PaymentStatus::authorized);
    CHECK(settled.owed() == Owed::nothing);
    CHECK(scene.provider.asked == Words{"read"});
  }
  SECTION("nobody confirmed it, and nobody shall") {
    scene.hears("read", intent(IntentStatus::requires_confirmation))
        .hears("read", intent(IntentStatus::requires_confirmation))
        .hears("cancel", intent(IntentStatus::canceled));
    CHECK(scene.give_up().status == PaymentStatus::voided);
  }
  SECTION("the provider does not answer: it is asked again, and nothing is confirmed until then") {
    scene.hears("read", silence());
    const auto settled = scene.give_up();
    CHECK(settled.status == PaymentStatus::unknown);
    CHECK(scene.settler.too_old(settled));
  }
  SECTION("it knows of no intent") {
    scene.store.payment.intent.clear();
    CHECK(scene.give_up().status == PaymentStatus::voided);
    CHECK(scene.provider.asked.empty());
  }
}

TEST_CASE("a refund whose answer was lost is looked for by our id before it is made again") {
  Scene scene;
  scene.authorized();
  Refund refund;
  refund.id = RefundId::make();
  refund.amount = {250, "GBP"};
  scene.provider.refund_answers.push_back(silence());
  CHECK(scene.settler.settle(refund, true, mercato::Deadline::never()) == RefundStatus::pending);

  scene.provider.find_answers.push_back(ProviderRefund{"re_1", RefundStatus::succeeded});
  CHECK(scene.settler.settle(refund, false, mercato::Deadline::never()) ==
        RefundStatus::succeeded);
  CHECK(scene.provider.refund_keys.size() == 1);
}

TEST_CASE("a refund that the provider never heard of is made under the same key") {
  Scene scene;
  Refund refund;
  refund.id = RefundId::make();
  refund.amount = {250, "GBP"};
  scene.provider.refund_answers.push_back(silence());
  static_cast<void>(scene.settler.settle(refund, true, mercato::Deadline::never()));
  refund.tries = 1;
  scene.provider.find_answers.push_back(NoSuchRefund{});
  scene.provider.refund_answers.push_back(ProviderRefund{"re_1", RefundStatus::succeeded});
  static_cast<void>(scene.settler.settle(refund, false, mercato::Deadline::never()));
  REQUIRE(scene.provider.refund_keys.size() == 2);
  CHECK(scene.provider.refund_keys[0] == scene.provider.refund_keys[1]);
}

TEST_CASE("a refund gets another key only where the provider may have stored an error") {
  Scene scene;
  Refund refund;
  refund.id = RefundId::make();
  refund.amount = {250, "GBP"};
  const auto keys_after = [&](const RefundAnswer& answer) {
    for (int round = 0; round < 20; ++round) {
      scene.provider.find_answers.push_back(NoSuchRefund{});
      scene.provider.refund_answers.push_back(answer);
      static_cast<void>(scene.settler.settle(refund, false, mercato::Deadline::never()));
      ++refund.tries;
      refund.errors = scene.store.refund_errors;
    }
    return std::set<std::string>(scene.provider.refund_keys.begin(),
                                 scene.provider.refund_keys.end());
  };
  SECTION("not if nobody answers: what was sent may arrive yet, and be made twice") {
    CHECK(keys_after(silence()).size() == 1);
  }
  SECTION("not if it was not asked for") {
    scene.provider.find_answers.push_back(error_500());
    static_cast<void>(scene.settler.settle(refund, false, mercato::Deadline::never()));
    CHECK(scene.store.refund_errors == 0);
  }
  SECTION("not if it is made, and not done yet") {
    CHECK(keys_after(ProviderRefund{"re_1", RefundStatus::pending}).size() == 1);
  }
  SECTION("if it failed") { CHECK(keys_after(error_500()).size() == 3); }
  SECTION("if what is owed was refused") {
    refund.owed = true;
    CHECK(keys_after(RequestRefused{"balance_insufficient", false}).size() == 3);
  }
}

TEST_CASE("an intent for a new payment: made, refused, or no answer at all") {
  Scene scene;
  const NewPayment wanted{OrderId::make(), UserId::make(), {1250, "GBP"}, "pm_card_visa"};
  scene.hears("create", intent(IntentStatus::requires_confirmation))
      .hears("create", error_500())
      .hears("create", silence());
  CHECK(scene.settler.open_intent(wanted, mercato::Deadline::never()) == "pi_1");
  CHECK(scene.settler.open_intent(wanted, mercato::Deadline::never()) == "");
  CHECK_FALSE(scene.settler.open_intent(wanted, mercato::Deadline::never()).has_value());
}
