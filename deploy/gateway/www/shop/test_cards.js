// What the provider of test payments does with which card: the tokens of its sandbox.

export const testCards = [
  'pm_card_visa', 'pm_card_mastercard',
  'pm_card_chargeDeclined', 'pm_card_chargeDeclinedInsufficientFunds',
  'pm_fault_slow', 'pm_fault_error_then_ok', 'pm_fault_timeout', 'pm_fault_webhook_only',
];
